using Shouldly;
using Xunit;

namespace ActorBalancer.Cli.Tests.Commands;

public sealed class WorkerTests
{
    [Fact]
    public async Task List_ValidAndInvalid_BothAreShown()
    {
        await using var stub = new StubBalancer().On("GET /workers", Bodies.Workers);

        var result = await new CliRun(stub).RunAsync("workers");

        result.Lines[1].ShouldBe(
            "http://10.0.0.1:5001  hello/1  ready    █████░░░░░ 5/10      1  12.5%     40%  n1    eu, gpu");
        result.Lines[2].ShouldStartWith("http://10.0.0.2:5001  hello/1  invalid  ░░░░░░░░░░ 0/10");
    }

    [Fact]
    public async Task List_NarrowTerminal_NoLineIsWider()
    {
        await using var stub = new StubBalancer().On("GET /workers", Bodies.Workers);

        var result = await new CliRun(stub) { Screen = (60, 24) }.RunAsync("workers", "--no-color");

        result.Lines.ShouldAllBe(static line => line.Length <= 60);
        result.Out.ShouldContain("…");
    }

    [Fact]
    public async Task List_AtATerminal_HasColoursUnlessToldOtherwise()
    {
        await using var stub = new StubBalancer().On("GET /workers", Bodies.Workers);

        var colored = await new CliRun(stub) { Screen = (120, 24) }.RunAsync("workers");
        var plain = await new CliRun(stub) { Screen = (120, 24) }.With("NO_COLOR", "1").RunAsync("workers");
        var dumb = await new CliRun(stub) { Screen = (120, 24) }.With("TERM", "dumb").RunAsync("workers");
        var json = await new CliRun(stub) { Screen = (120, 24) }.RunAsync("workers", "--json");

        colored.Out.ShouldContain("\u001b[");
        plain.Out.ShouldNotContain("\u001b");
        dumb.Out.ShouldNotContain("\u001b");
        json.Out.ShouldNotContain("\u001b");
    }

    [Theory]
    [InlineData("http://10.0.0.1:5001")]
    [InlineData("http://10.0.0.1:5001/")]
    [InlineData(Bodies.WorkerOneId)]
    [InlineData("0.1:")]
    public async Task Show_ByAnyName_FindsIt(string name)
    {
        await using var stub = new StubBalancer().On("GET /workers", Bodies.Workers)
            .On("GET /workers/" + Bodies.WorkerOneId, Bodies.WorkerOne);

        var result = await new CliRun(stub).RunAsync("workers", "show", name);

        result.Code.ShouldBe(0);
        result.Out.ShouldContain("worker     http://10.0.0.1:5001");
        result.Out.ShouldContain("function   hello {\"name\":\"string\"}");
        result.Out.ShouldContain("service    db up");
        result.Out.ShouldContain("system     up 1h, cpu 12.5%, memory 40%");
    }

    [Theory]
    [InlineData("nowhere", "abm: no worker is called 'nowhere'; see 'abm workers'\n")]
    [InlineData(":5001", "abm: ':5001' may be any of 2 workers: http://10.0.0.1:5001, http://10.0.0.2:5001\n")]
    public async Task Show_NoneOrSeveral_IsAnError(string name, string error)
    {
        await using var stub = new StubBalancer().On("GET /workers", Bodies.Workers);

        var result = await new CliRun(stub).RunAsync("workers", "show", name);

        result.Code.ShouldBe(1);
        result.Error.ShouldBe(error);
    }

    [Theory]
    [InlineData("on")]
    [InlineData("off")]
    [InlineData("drain")]
    public async Task Order_OneWorker_IsGivenWithItsKey(string verb)
    {
        await using var stub = new StubBalancer().On("GET /workers", Bodies.Workers)
            .On($"POST /workers/{Bodies.WorkerOneId}/{verb}", Bodies.WorkerOne);

        var result = await new CliRun(stub).RunAsync("workers", verb, "10.0.0.1", "--worker-key", "wk");

        result.Code.ShouldBe(0);
        result.Out.ShouldBe("http://10.0.0.1:5001 is ready\n");
        stub.Requests[^1].Headers["x-wr-auth"].ShouldBe("wk");
    }

    [Fact]
    public async Task Off_WithoutAKey_TheBalancersWords()
    {
        await using var stub = new StubBalancer().On("GET /workers", Bodies.Workers).Refuse(
            "POST /workers/", 409, "worker_key_missing", "The worker's key is not known.");

        var result = await new CliRun(stub).RunAsync("workers", "off", "10.0.0.1");

        result.Code.ShouldBe(1);
        result.Error.ShouldBe("abm: The worker's key is not known\n");
        stub.Requests[^1].Headers.ContainsKey("x-wr-auth").ShouldBeFalse();
    }

    [Fact]
    public async Task Logs_HostileLines_AreShownAsText()
    {
        await using var stub = new StubBalancer().On("GET /workers", Bodies.Workers).On(
            $"GET /workers/{Bodies.WorkerOneId}/logs",
            """{"logs":["plain","\u001b[2J\u001b[Hcleared","[red]markup[/]","a\u009b31mb","back\bspace"]}""");

        var result = await new CliRun(stub) { Screen = (80, 24) }.RunAsync("workers", "logs", "10.0.0.1", "--no-color");

        result.Lines.ShouldBe(["plain", "cleared", "[red]markup[/]", "ab", "back\ufffdspace"]);
    }

    [Fact]
    public async Task List_HostileTags_AreShownAsText()
    {
        var evil = Bodies.WorkerOne.Replace("\"eu\"", "\"\\u001b[9;9Hmoved [bold]x[/]\"", StringComparison.Ordinal);
        await using var stub = new StubBalancer().On("GET /workers", $$"""{"workers":[{{evil}}]}""");

        var result = await new CliRun(stub) { Screen = (200, 24) }.RunAsync("workers");

        result.Out.ShouldContain("moved [bold]x[/]");
        result.Out.ShouldNotContain("\u001b[9;9H");
    }
}
