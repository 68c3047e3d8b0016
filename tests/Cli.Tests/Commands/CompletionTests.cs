using System.Diagnostics;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Cli.Tests.Commands;

public sealed class CompletionTests
{
    [Theory]
    [InlineData("bash", "complete -o default -F _abm_complete abm")]
    [InlineData("zsh", "compdef _abm abm")]
    [InlineData("fish", "complete -c abm")]
    [InlineData("pwsh", "Register-ArgumentCompleter")]
    public async Task Completion_KnownShell_PrintsItsScript(string shell, string part) =>
        (await new CliRun().RunAsync("completion", shell)).Out.ShouldContain(part);

    [Fact]
    public async Task Completion_OtherShell_IsWrongUsage() =>
        (await new CliRun().RunAsync("completion", "tcsh")).Code.ShouldBe(2);

    [Theory]
    [InlineData("abm wor", "workers")]
    [InlineData("abm queues ", "list", "pause", "purge", "resume")]
    [InlineData("abm tasks list --state de", "dead")]
    public async Task Bash_TheScriptIsSourced_CompletesWithTheRealProgram(string line, params string[] expected)
    {
        using var folder = new TemporaryFolder();
        // The command as a user has it: a name on the path.
        var program = Path.Combine(Path.GetDirectoryName(typeof(CliApp).Assembly.Location)!, "abm.dll");
        var command = folder.Combine("abm");
        await File.WriteAllTextAsync(command, $"#!/bin/sh\nexec dotnet '{program}' \"$@\"\n");
        File.SetUnixFileMode(command, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var script = $"""
            source <(abm completion bash)
            COMP_LINE='{line}'
            COMP_POINT={line.Length}
            IFS=' ' read -ra COMP_WORDS <<< "$COMP_LINE"
            [[ $COMP_LINE == *' ' ]] && COMP_WORDS+=('')
            COMP_CWORD=$((${"{#COMP_WORDS[@]}"} - 1))
            _abm_complete
            printf '%s\n' "${"{COMPREPLY[@]}"}"
            """;
        var start = new ProcessStartInfo("bash", ["-c", script])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = folder.Path + ":" + start.Environment["PATH"];
        using var bash = Process.Start(start)!;

        var found = await bash.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60));

        (await bash.StandardError.ReadToEndAsync()).ShouldBeEmpty();
        var words = found.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(static word => word[0] != '-');
        words.Order(StringComparer.Ordinal).ShouldBe(expected);
    }
}
