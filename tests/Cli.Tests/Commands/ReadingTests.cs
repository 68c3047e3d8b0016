using System.Text.Json;
using Shouldly;
using Xunit;

namespace ActorBalancer.Cli.Tests.Commands;

/// <summary>Commands that show something.</summary>
public sealed class ReadingTests
{
    [Fact]
    public async Task Status_Ready_ShowsFiguresForPeople()
    {
        await using var stub = new StubBalancer().On("GET /status", Bodies.Status);

        var result = await new CliRun(stub).RunAsync("status");

        result.Code.ShouldBe(0);
        result.Error.ShouldBeEmpty();
        result.Out.ShouldContain("state     ready  both 1.2.3  node n1  on box, process 77, up 4m 5s");
        result.Out.ShouldContain("rates     12/s in, 11/s done, 0.5/s failed");
        result.Out.ShouldContain("wait      p50 1.2ms, p95 20ms, p99 300ms");
        result.Out.ShouldContain("total     p50 5ms, p95 6s, p99 1m 10s");
        result.Out.ShouldContain("run       p50 -, p95 -, p99 -");
        result.Out.ShouldContain("memory 100.0 MiB");
        result.Out.ShouldNotContain("\u001b");
        stub.Requests[0].Headers["Authorization"].ShouldBe("Bearer " + StubBalancer.Key);
    }

    [Theory]
    [InlineData("/status", Bodies.Status, "status")]
    [InlineData("/nodes", Bodies.Nodes, "nodes")]
    [InlineData("/workers", Bodies.Workers, "workers")]
    [InlineData("/queues", Bodies.Queues, "queues")]
    [InlineData("/proxy", Bodies.Proxy, "proxy")]
    [InlineData("/actors", Bodies.Actors, "actors")]
    public async Task Json_AnyList_IsTheBalancersOwnOnOneLine(string path, string body, string command)
    {
        await using var stub = new StubBalancer().On("GET " + path, body);

        var result = await new CliRun(stub).RunAsync(command, "--json");

        result.Code.ShouldBe(0);
        result.Lines.Length.ShouldBe(1);
        JsonElement.DeepEquals(result.Json, JsonElement.Parse(body)).ShouldBeTrue();
        result.Out.ShouldNotContain("\u001b");
    }

    [Fact]
    public async Task Nodes_Cluster_OneRowEachAndOneselfIsMarked()
    {
        await using var stub = new StubBalancer().On("GET /nodes", Bodies.Nodes);

        var result = await new CliRun(stub).RunAsync("nodes");

        result.Lines[1].ShouldStartWith("n1 *");
        result.Lines[1].ShouldContain("1.2.3 ");
        result.Lines[1].ShouldEndWith("http://10.0.0.1:5001");
        result.Lines[2].ShouldContain("leaving");
    }

    [Fact]
    public async Task Queues_TwoOfThem_AlignedWithTheirStates()
    {
        await using var stub = new StubBalancer().On("GET /queues", Bodies.Queues);

        var result = await new CliRun(stub).RunAsync("queues", "list");

        result.Lines[0].ShouldBe("QUEUE    STATE   QUEUED  RUNNING  RETRY  LATER  DEAD    IN   OUT  OLDEST");
        result.Lines[1].ShouldBe("hello/1  open         4        5      0      6     3  12/s  11/s   1m 1s");
        result.Lines[2].ShouldBe("a/b/2    paused       0        0      0      0     0   0/s   0/s       -");
    }

    [Fact]
    public async Task Proxy_TwoBackends_StatesAndShares()
    {
        await using var stub = new StubBalancer().On("GET /proxy", Bodies.Proxy);

        var result = await new CliRun(stub).RunAsync("proxy");

        result.Lines[1].ShouldContain("drain ");
        result.Lines[1].ShouldContain("1.2M    25%");
        result.Lines[2].ShouldContain("unhealthy");
        result.Lines[2].ShouldEndWith("connection refused");
    }

    [Fact]
    public async Task ActorsTree_WithAFailure_ShowsItAndEscapesAreGone()
    {
        await using var stub = new StubBalancer().On("GET /actors", Bodies.Actors);

        var result = await new CliRun(stub).RunAsync("actors", "tree", "--depth", "3", "--root", "/user");

        stub.Calls.ShouldBe(["GET /actors?root=%2Fuser&depth=3"]);
        result.Lines[1].ShouldStartWith("/user ");
        result.Lines[2].ShouldStartWith("├─ queues ");
        result.Lines[2].ShouldContain("QueuesActor");
        result.Lines[2].ShouldContain("1.2M");
        result.Lines[3].ShouldStartWith("│  └─ hello-1 ");
        result.Lines[3].ShouldEndWith("IOException: disk full");
        result.Lines[4].ShouldStartWith("└─ workers ");
        result.Lines[5].ShouldStartWith("   └─ ... 5 more");
        result.Lines[^1].ShouldBe("4 actors");
    }

    [Fact]
    public async Task ActorsTree_OnlyFailed_LeavesTheOthersOut()
    {
        await using var stub = new StubBalancer().On("GET /actors", Bodies.Actors);

        var result = await new CliRun(stub).RunAsync("actors", "tree", "--failed");

        result.Out.ShouldContain("hello-1");
        result.Out.ShouldContain("queues");
        result.Out.ShouldNotContain("workers");
    }

    [Fact]
    public async Task ActorsShow_APath_OneActorAndItsChildren()
    {
        await using var stub = new StubBalancer().On("GET /actors", Bodies.Actors);

        var result = await new CliRun(stub).RunAsync("actors", "show", "/user");

        stub.Calls.ShouldBe(["GET /actors?root=%2Fuser&depth=1"]);
        result.Out.ShouldContain("processed  7");
        result.Out.ShouldContain("/user/workers");
    }

    [Fact]
    public async Task ActorsShow_Unknown_TheBalancersWords()
    {
        await using var stub = new StubBalancer()
            .Refuse("GET /actors", 404, "actor_unknown", "There is no actor of this path.");

        var result = await new CliRun(stub).RunAsync("actors", "show", "/nope");

        result.Code.ShouldBe(1);
        result.Error.ShouldBe("abm: There is no actor of this path\n");
        result.Out.ShouldBeEmpty();
    }

    [Fact]
    public async Task Logs_WithFilters_AsksForThemAndPrintsLines()
    {
        await using var stub = new StubBalancer()
            .On("GET /logs", """{"logs":["[2026] [INFO] one","[2026] [WARN] tw\u001b]0;evil\u0007o"]}""");

        var result = await new CliRun(stub).RunAsync("logs", "--level", "warn", "--contains", "a b", "-n", "2");

        stub.Calls.ShouldBe(["GET /logs?level=warn&contains=a%20b&lines=2"]);
        result.Lines.ShouldBe(["[2026] [INFO] one", "[2026] [WARN] two"]);
    }

    [Fact]
    public async Task LogsFollow_LinesCome_ShownUntilTheBalancerStops()
    {
        await using var stub = new StubBalancer().Stream(
            "GET /logs?follow=true",
            ("line", """{"at":"2026-01-02T03:04:05.678Z","level":"warn","message":"hot","taskId":"t1"}"""),
            ("other", "{}"),
            ("line", """{"at":"2026-01-02T03:04:06.000Z","level":"info","message":"cool","taskId":null}"""));

        var result = await new CliRun(stub).RunAsync("logs", "-f");

        result.Lines.ShouldBe(
            ["2026-01-02T03:04:05.678Z WARN  hot  task t1", "2026-01-02T03:04:06.000Z INFO  cool"]);
        result.Code.ShouldBe(1);
        result.Error.ShouldContain("ended the stream");
    }

    [Fact]
    public async Task LogsFollow_Json_OneObjectALine()
    {
        await using var stub = new StubBalancer().Stream(
            "GET /logs?follow=true", ("line", """{"message":"a"}"""), ("line", """{"message":"b"}"""));

        var result = await new CliRun(stub).RunAsync("logs", "-f", "--json");

        result.Lines.ShouldBe(["""{"message":"a"}""", """{"message":"b"}"""]);
    }

    [Fact]
    public async Task Watch_ThreeReadings_ShownUntilInterrupted()
    {
        await using var stub = new StubBalancer().On("GET /queues", """{"queues":[]}""");
        using var cancel = new CancellationTokenSource();
        var output = new CountingWriter("queues\":[]", 3, cancel);

        var result = await new CliRun(stub) { Out = output, Cancel = cancel.Token }
            .RunAsync("queues", "--json", "--watch", "0.02");

        result.Code.ShouldBe(130);
        stub.Requests.Count.ShouldBeGreaterThanOrEqualTo(3);
    }

    [Fact]
    public async Task Watch_OfAnOrder_IsWrongUsage()
    {
        await using var stub = new StubBalancer();

        var result = await new CliRun(stub).RunAsync("queues", "pause", "hello/1", "--watch");

        result.Code.ShouldBe(2);
        stub.Requests.ShouldBeEmpty();
    }

    private sealed class CountingWriter(string text, int count, CancellationTokenSource cancel) : StringWriter
    {
        private int _seen;

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value!.Contains(text, StringComparison.Ordinal) && ++_seen == count)
                cancel.Cancel();
        }
    }
}
