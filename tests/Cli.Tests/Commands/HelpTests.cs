using System.CommandLine;
using ActorBalancer.Cli.Output;
using Shouldly;
using Xunit;

namespace ActorBalancer.Cli.Tests.Commands;

public sealed class HelpTests
{
    public static TheoryData<string> Paths
    {
        get
        {
            var paths = new TheoryData<string>();
            Collect(CliApp.Build(Host), "", paths);
            return paths;
        }
    }

    private static CliHost Host => new()
    {
        Terminal = new Terminal { Out = TextWriter.Null, Error = TextWriter.Null, In = () => TextReader.Null },
        Environment = static _ => null,
    };

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Help_EveryCommand_HasDescriptionsAndExamplesThatParse(string path)
    {
        var result = await new CliRun().RunAsync([.. path.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        result.Code.ShouldBe(0);
        result.Error.ShouldBeEmpty();
        result.Out.ShouldContain("Usage:");
        result.Out.ShouldContain("Examples:\n  ");
        foreach (var example in result.Lines.SkipWhile(static line => line != "Examples:").Skip(1))
            Check(example);
    }

    [Fact]
    public async Task Version_IsShown() => (await new CliRun().RunAsync("--version")).Out.ShouldStartWith("0.");

    [Theory]
    [InlineData("nonsense")]
    [InlineData("workers", "dance")]
    [InlineData("status", "--colour")]
    [InlineData("status", "--timeout", "-1")]
    public async Task Words_Unknown_AreWrongUsage(params string[] arguments)
    {
        var result = await new CliRun().RunAsync(arguments);

        result.Code.ShouldBe(2);
        result.Out.ShouldBeEmpty();
        result.Error.ShouldStartWith("abm: ");
        result.Error.ShouldContain("--help'");
    }

    // What a shell would hand over: up to a pipe, a redirection or a remark; quoted JSON is no matter of the parser.
    private static void Check(string example)
    {
        var start = example.IndexOf("abm ", StringComparison.Ordinal);
        start.ShouldBeGreaterThanOrEqualTo(0, example);
        var command = example[(start + 4)..].Split(" | ")[0].Split(" < ")[0].Split(" > ")[0].Split(" #")[0].Split(')')[0];
        var words = command.Replace("'{\"name\":\"World\"}'", "{}").Replace("'{\"name\":\"x\"}'", "{}").Split(' ');
        CliApp.Parse([.. words.Where(static word => word.Length > 0)], Host).Errors.ShouldBeEmpty(example);
    }

    private static void Collect(Command command, string path, TheoryData<string> paths)
    {
        paths.Add(path);
        foreach (var each in command.Subcommands)
            Collect(each, path.Length == 0 ? each.Name : $"{path} {each.Name}", paths);
    }
}
