using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Cli.Tests.Commands;

public sealed class ConfigTests
{
    private const string Settings = """
        {"settings":[
          {"name":"PORT","hocon":"lb.port","value":"4001","default":"4000","isSecret":false,"source":"environment","description":"where it listens"},
          {"name":"LB_AUTH_KEY","hocon":"lb.key","value":"***","default":null,"isSecret":true,"source":"file","description":"the key"},
          {"name":"LOG_LEVEL","hocon":"lb.log","value":"info","default":"info","isSecret":false,"source":"default","description":"how much"}]}
        """;

    [Fact]
    public async Task Show_Changed_LeavesDefaultsOut()
    {
        await using var stub = new StubBalancer().On("GET /config", Settings);

        var all = await new CliRun(stub).RunAsync("config");
        var changed = await new CliRun(stub).RunAsync("config", "show", "--changed");

        all.Lines.Length.ShouldBe(4);
        all.Out.ShouldContain("LB_AUTH_KEY  ***");
        changed.Lines.Length.ShouldBe(3);
        changed.Out.ShouldNotContain("LOG_LEVEL");
    }

    [Theory]
    [InlineData("application.conf", "hocon")]
    [InlineData(".env", "env")]
    [InlineData("prod.env", "env")]
    [InlineData("workers.json", "workers")]
    [InlineData("config.json", "proxy")]
    public async Task Check_ByItsName_IsSentAsThatKind(string name, string kind)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.Combine(name), "the text\n");
        await using var stub = new StubBalancer()
            .On("POST /config/check", """{"valid":true,"errors":[],"warnings":["old name"]}""");

        var result = await new CliRun(stub).RunAsync("config", "check", folder.Combine(name));

        result.Code.ShouldBe(0, result.Error);
        result.Lines[0].ShouldBe("warning: old name");
        stub.Calls.ShouldBe([$"POST /config/check?kind={kind}&name={Uri.EscapeDataString(name)}"]);
        stub.Requests[0].Body.ShouldBe("the text\n");
    }

    [Fact]
    public async Task Check_NotValid_Fails()
    {
        await using var stub = new StubBalancer()
            .On("POST /config/check?kind=env", """{"valid":false,"errors":["PORT must be a number"],"warnings":[]}""");

        var result = await new CliRun(stub) { Input = "PORT=x" }.RunAsync("config", "check", "-", "--kind", "env");

        result.Code.ShouldBe(1);
        result.Lines.ShouldBe(["error: PORT must be a number", "- is not valid"]);
    }

    [Theory]
    [InlineData("config", "check", "/nonexistent/a.conf")]
    [InlineData("config", "check", "-")]
    [InlineData("config", "check", "/etc/hostname")]
    [InlineData("config", "check", "x.conf", "--kind", "toml")]
    public async Task Check_UnreadableOrUnknown_IsWrongUsage(params string[] arguments)
    {
        await using var stub = new StubBalancer();

        (await new CliRun(stub).RunAsync(arguments)).Code.ShouldBe(2);

        stub.Requests.ShouldBeEmpty();
    }
}
