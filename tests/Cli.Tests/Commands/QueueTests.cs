using Shouldly;
using Xunit;

namespace ActorBalancer.Cli.Tests.Commands;

public sealed class QueueTests
{
    [Fact]
    public async Task Pause_ForAWhile_AsksForIt()
    {
        await using var stub = new StubBalancer().On(
            "POST /queues/hello/1/pause",
            """{"group":"hello","contract":1,"paused":true,"pausedUntil":"2026-01-02T03:14:05.000Z"}""");

        var result = await new CliRun(stub).RunAsync("queues", "pause", "hello/1", "--for", "10m");

        stub.Calls.ShouldBe(["POST /queues/hello/1/pause?for=600000ms"]);
        result.Out.ShouldBe("hello/1 is paused until 2026-01-02 03:14:05Z\n");
    }

    [Fact]
    public async Task Resume_TheGroupAlone_FindsTheContract()
    {
        await using var stub = new StubBalancer().On("GET /queues", Bodies.Queues)
            .On("POST /queues/hello/1/resume", """{"group":"hello","contract":1,"paused":false}""");

        var result = await new CliRun(stub).RunAsync("queues", "resume", "hello");

        result.Code.ShouldBe(0);
        result.Out.ShouldBe("hello/1 is open\n");
    }

    [Fact]
    public async Task Pause_GroupWithASlash_IsOneSegment()
    {
        await using var stub = new StubBalancer().On("POST /queues/a%2Fb/2/pause", """{"paused":true}""");

        (await new CliRun(stub).RunAsync("queues", "pause", "a/b/2")).Code.ShouldBe(0);
    }

    [Fact]
    public async Task Pause_Unknown_Fails()
    {
        await using var stub = new StubBalancer()
            .Refuse("POST /queues", 404, "queue_unknown", "There is no queue nope/1.");

        var result = await new CliRun(stub).RunAsync("queues", "pause", "nope/1");

        result.Code.ShouldBe(1);
        result.Error.ShouldBe("abm: There is no queue nope/1\n");
    }

    [Fact]
    public async Task Pause_WrongDuration_IsWrongUsage()
    {
        var result = await new CliRun().RunAsync("queues", "pause", "hello/1", "--for", "soon");

        result.Code.ShouldBe(2);
        result.Error.ShouldContain("'soon' is no duration");
    }

    [Fact]
    public async Task Purge_Yes_CancelsEveryStateThatWaits()
    {
        await using var stub = new StubBalancer().On("POST /tasks/cancel", """{"cancelled":7}""");

        var result = await new CliRun(stub).RunAsync("queues", "purge", "hello/1", "--yes");

        result.Out.ShouldBe("21 tasks of hello/1 cancelled\n");
        stub.Calls.ShouldBe([
            "POST /tasks/cancel?state=queued&group=hello&contract=1",
            "POST /tasks/cancel?state=scheduled&group=hello&contract=1",
            "POST /tasks/cancel?state=retrying&group=hello&contract=1",
        ]);
    }

    [Fact]
    public async Task Purge_NobodyToAsk_DoesNothing()
    {
        await using var stub = new StubBalancer();

        var result = await new CliRun(stub).RunAsync("queues", "purge", "hello/1");

        result.Code.ShouldBe(2);
        result.Error.ShouldContain("say --yes");
        stub.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("n\n", 1, 0)]
    [InlineData("\n", 1, 0)]
    [InlineData("y\n", 0, 1)]
    public async Task Purge_AsksAPerson_ObeysTheAnswer(string answer, int code, int calls)
    {
        await using var stub = new StubBalancer().On("POST /tasks/cancel", """{"cancelled":1}""");

        var result = await new CliRun(stub) { Screen = (80, 24), Input = answer }
            .RunAsync("queues", "purge", "hello/1", "--state", "queued");

        result.Code.ShouldBe(code);
        result.Error.ShouldContain("[y/N]");
        stub.Requests.Count.ShouldBe(calls);
    }
}
