using ActorBalancer.Engine;
using ActorBalancer.Engine.Alerts;
using ActorBalancer.Engine.Cluster;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;
using ActorBalancer.Engine.Workers;
using ActorBalancer.Protocol;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Status;

public sealed class StatusBoardTests : IDisposable
{
    private readonly StatusRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public async Task Status_BeforeTheFirstSample_HasEveryMember()
    {
        var status = await _rig.StatusAsync();

        status.GetProperty("state").GetString().ShouldBe("ready");
        status.GetProperty("tasks").GetProperty("submittedPerSecond").GetDouble().ShouldBe(0);
        status.GetProperty("latencyMs").GetProperty("total").GetProperty("p99").ValueKind.ToString().ShouldBe("Null");
        status.GetProperty("nodes").GetProperty("count").GetInt32().ShouldBe(3);
        status.GetProperty("node").GetProperty("role").GetString().ShouldBe("both");
        status.GetProperty("queues").GetProperty("oldestAgeMs").ValueKind.ToString().ShouldBe("Null");
        _rig.History().GetProperty("points").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Status_SteadyLoad_SaysRatesOfTheLastTenSeconds()
    {
        _rig.Board.Start();
        for (var second = 0; second < 30; second++)
        {
            var more = second < 15 ? 1000 : 20;
            _rig.Figures = _rig.Figures with
            {
                Submitted = _rig.Figures.Submitted + more,
                Succeeded = _rig.Figures.Succeeded + (more / 2),
                Cancelled = _rig.Figures.Cancelled + (more / 4),
                Dead = _rig.Figures.Dead + (more / 10),
                Expired = _rig.Figures.Expired + (more / 20),
            };
            _rig.Proxy = _rig.Proxy with { Requests = _rig.Proxy.Requests + 7, Errors = _rig.Proxy.Errors + 1 };
            _rig.Process = _rig.Process with
            {
                Cpu = _rig.Process.Cpu + TimeSpan.FromSeconds(0.5 * Environment.ProcessorCount),
                MemoryBytes = 5_000,
            };
            _rig.Pass(1);
        }

        var status = await _rig.StatusAsync();

        var tasks = status.GetProperty("tasks");
        tasks.GetProperty("submitted").GetInt64().ShouldBe(15_300);
        tasks.GetProperty("submittedPerSecond").GetDouble().ShouldBe(20, 0.01);
        tasks.GetProperty("completedPerSecond").GetDouble().ShouldBe(18, 0.01);
        tasks.GetProperty("failedPerSecond").GetDouble().ShouldBe(3, 0.01);
        status.GetProperty("proxy").GetProperty("requestsPerSecond").GetDouble().ShouldBe(7, 0.01);
        status.GetProperty("proxy").GetProperty("errorsPerSecond").GetDouble().ShouldBe(1, 0.01);
        status.GetProperty("process").GetProperty("cpuPercent").GetDouble().ShouldBe(50, 0.01);
        status.GetProperty("process").GetProperty("memoryBytes").GetInt64().ShouldBe(5_000);
        status.GetProperty("node").GetProperty("uptimeSeconds").GetDouble().ShouldBe(30, 0.01);
    }

    [Fact]
    public async Task Status_Latencies_AreThoseOfTheLastMinute()
    {
        _rig.Board.Start();
        _rig.Figures = _rig.Figures with
        {
            Total = Latencies(1_000_000, 0),
            Wait = Latencies(0, 4),
            Run = Latencies(2, 0),
        };
        _rig.Pass(61);
        _rig.Figures = _rig.Figures with { Total = Latencies(1_000_000, 10) };
        _rig.Pass(30);

        var latency = (await _rig.StatusAsync()).GetProperty("latencyMs");

        latency.GetProperty("total").GetProperty("p50").GetDouble().ShouldBe(150, 0.01);
        latency.GetProperty("total").GetProperty("p95").GetDouble().ShouldBe(195, 0.01);
        latency.GetProperty("wait").GetProperty("p50").ValueKind.ToString().ShouldBe("Null");
    }

    [Fact]
    public void History_Points_AreOneInFiveSecondsAndAtMostAQuarterOfAnHour()
    {
        _rig.Board.Start();
        _rig.Pass(4);
        _rig.History().GetProperty("points").GetArrayLength().ShouldBe(0);
        _rig.Figures = _rig.Figures with { Submitted = 100, Succeeded = 30, Dead = 10, Total = Latencies(10, 0) };
        _rig.Pass(1);
        _rig.Pass(5);

        var history = _rig.History();
        history.GetProperty("stepSeconds").GetInt32().ShouldBe(5);
        var points = history.GetProperty("points");
        points.GetArrayLength().ShouldBe(2);
        points[0].GetProperty("at").GetString().ShouldBe("2030-01-01T00:00:05.000Z");
        points[0].GetProperty("submittedPerSecond").GetDouble().ShouldBe(20);
        points[0].GetProperty("completedPerSecond").GetDouble().ShouldBe(8);
        points[0].GetProperty("failedPerSecond").GetDouble().ShouldBe(2);
        points[0].GetProperty("errorShare").GetDouble().ShouldBe(0.25);
        points[0].GetProperty("p50Ms").GetDouble().ShouldBe(50);
        points[1].GetProperty("submittedPerSecond").GetDouble().ShouldBe(0);
        points[1].GetProperty("errorShare").ValueKind.ToString().ShouldBe("Null");
        points[1].GetProperty("p99Ms").ValueKind.ToString().ShouldBe("Null");

        _rig.Pass(1000);
        var full = _rig.History().GetProperty("points");
        full.GetArrayLength().ShouldBe(180);
        full[179].GetProperty("at").GetString().ShouldBe("2030-01-01T00:16:50.000Z");
        full[0].GetProperty("at").GetString().ShouldBe("2030-01-01T00:01:55.000Z");
    }

    [Fact]
    public async Task Status_QueuesAndWorkers_AreAddedUp()
    {
        _rig.Balancer.Queues =
        [
            StatusRig.Queue("a", (TaskState.Queued, 5), (TaskState.Retrying, 2), (TaskState.Dead, 1)) with
            {
                IsPaused = true, OldestAgeMilliseconds = 10,
            },
            StatusRig.Queue("b", (TaskState.Running, 3), (TaskState.Scheduled, 4)) with { OldestAgeMilliseconds = 70 },
            StatusRig.Queue("c"),
        ];
        _rig.Balancer.Fleet = new FleetSnapshot(
            [Worker("ready", 2, 8), Worker("maintenance", 0, 8), Worker("offline", 0, 0)], [Worker("ready", 1, 9)]);
        _rig.Balancer.State = BalancerState.Draining;
        _rig.Balancer.Services = new Dictionary<string, string> { ["sqlite"] = "ready" };

        var status = await _rig.StatusAsync();

        status.GetProperty("state").GetString().ShouldBe("draining");
        status.GetProperty("store").GetRawText().ShouldBe("""{"name":"sqlite","state":"ready"}""");
        status.GetProperty("queues").GetRawText().ShouldBe("""{"count":3,"paused":1,"oldestAgeMs":70}""");
        var tasks = status.GetProperty("tasks");
        tasks.GetProperty("waiting").GetInt32().ShouldBe(7);
        tasks.GetProperty("running").GetInt32().ShouldBe(3);
        tasks.GetProperty("scheduled").GetInt32().ShouldBe(4);
        tasks.GetProperty("deadKept").GetInt32().ShouldBe(1);
        var workers = status.GetProperty("workers");
        workers.GetProperty("count").GetInt32().ShouldBe(4);
        workers.GetProperty("ready").GetInt32().ShouldBe(1);
        workers.GetProperty("maintenance").GetInt32().ShouldBe(1);
        workers.GetProperty("offline").GetInt32().ShouldBe(1);
        workers.GetProperty("invalid").GetInt32().ShouldBe(1);
        workers.GetProperty("slotsUsed").GetInt32().ShouldBe(2);
        workers.GetProperty("slotsLimit").GetInt32().ShouldBe(16);
    }

    [Fact]
    public void Sampling_NobodyLooks_CountsQueuesEveryFiveSecondsAlone()
    {
        var counts = 0;
        _rig.Balancer.QueuesScript = () =>
        {
            Interlocked.Increment(ref counts);
            return new([]);
        };
        _rig.Board.Start();

        _rig.Pass(60);

        counts.ShouldBeInRange(0, 12);
        _rig.Reads.ShouldBe(61);
    }

    [Fact]
    public void Dispose_Sampling_Ends()
    {
        _rig.Board.Start();
        _rig.Pass(3);
        var reads = _rig.Reads;

        _rig.Board.Dispose();
        _rig.Pass(10);

        _rig.Reads.ShouldBe(reads);
        _rig.Time.ActiveTimers.ShouldBe(0);
    }

    [Fact]
    public void Alerts_MoreThanAreKept_AreTheNewestFirst()
    {
        _ = _rig.Board;
        for (var number = 0; number < 130; number++)
        {
            _rig.Events.Publish(new Alert(
                AlertKind.RedisReadOnly, "", $"b{number}", "", "owner@x.example", "why", _rig.Time.GetUtcNow()));
        }

        var alerts = _rig.Alerts().GetProperty("alerts");

        alerts.GetArrayLength().ShouldBe(100);
        alerts[0].GetRawText().ShouldBe(
            """
            {"at":"2030-01-01T00:00:00.000Z","kind":"redis_read_only","pool":null,"backend":"b129","url":null,"reason":"why"}
            """);
        alerts[99].GetProperty("backend").GetString().ShouldBe("b30");
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public void Alerts_LostNode_IsShownWhereNoAlertIsRaised(bool isFirst, int count)
    {
        _ = _rig.Board;

        _rig.Events.Publish(new NodeLost(new ClusterMember { Id = "n2", Life = 4, Host = "h", ProcessId = 9 }, isFirst));

        var alerts = _rig.Alerts().GetProperty("alerts");
        alerts.GetArrayLength().ShouldBe(count);
        if (count == 1)
            alerts[0].GetProperty("kind").GetString().ShouldBe("node_lost");
    }

    private static LatencyFigures Latencies(params long[] counts) => new([0.1, 0.2], [.. counts, 0], 0);

    private static WorkerSnapshot Worker(string status, int used, int limit) => new()
    {
        Url = "http://w",
        Status = status,
        Slots = new WorkerSlots(used, limit - used, limit, 0),
    };
}
