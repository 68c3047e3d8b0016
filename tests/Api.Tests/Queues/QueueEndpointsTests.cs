using System.Text.Json;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Api.Tests.Tasks;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Queues;

public sealed class QueueEndpointsTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private EdgeHarness _edge = null!;

    public async ValueTask InitializeAsync() => _edge = await EdgeHarness.StartAsync(time: _time);

    public ValueTask DisposeAsync() => _edge.DisposeAsync();

    [Fact]
    public async Task Get_Queues_ShowsEachWithAllStates()
    {
        _edge.Balancer.Queues =
        [
            new QueueSnapshot
            {
                Key = new QueueKey("a/b", 2),
                IsPaused = true,
                PausedUntilMilliseconds = Snapshots.Moment,
                Counts = new Dictionary<TaskState, long> { [TaskState.Queued] = 5, [TaskState.Dead] = 7_000_000_000 },
                InPerSecond = 1.23456,
                OutPerSecond = double.NaN,
                OldestAgeMilliseconds = 12,
            },
            new QueueSnapshot
            {
                Key = new QueueKey("c", 0),
                IsPaused = false,
                Counts = new Dictionary<TaskState, long>(),
                InPerSecond = 0,
                OutPerSecond = 0,
            },
        ];

        var answer = await _edge.CallAsync("GET", "/queues");

        answer.Status.ShouldBe(200);
        JsonElement.DeepEquals(answer.Json, JsonSerializer.Deserialize<JsonElement>("""
            {
              "queues": [
                {
                  "group": "a/b", "contract": 2, "paused": true, "pausedUntil": "2026-01-02T03:04:05.678Z",
                  "counts": {
                    "scheduled": 0, "queued": 5, "running": 0, "retrying": 0, "succeeded": 0, "dead": 7000000000,
                    "cancelled": 0, "expired": 0
                  },
                  "rates": {"inPerSecond": 1.235, "outPerSecond": 0}, "oldestAgeMs": 12
                },
                {
                  "group": "c", "contract": 0, "paused": false, "pausedUntil": null,
                  "counts": {
                    "scheduled": 0, "queued": 0, "running": 0, "retrying": 0, "succeeded": 0, "dead": 0,
                    "cancelled": 0, "expired": 0
                  },
                  "rates": {"inPerSecond": 0, "outPerSecond": 0}, "oldestAgeMs": null
                }
              ]
            }
            """)).ShouldBeTrue(answer.Text);
    }

    [Theory]
    [InlineData("", "", "null")]
    [InlineData("?for=10m", "00:10:00", "\"2030-01-01T00:10:00.000Z\"")]
    [InlineData("?for=90s", "00:01:30", "\"2030-01-01T00:01:30.000Z\"")]
    [InlineData("?for=1000", "00:00:01", "\"2030-01-01T00:00:01.000Z\"")]
    [InlineData("?for=1500ms", "00:00:01.5000000", "\"2030-01-01T00:00:01.500Z\"")]
    [InlineData("?for=2h", "02:00:00", "\"2030-01-01T02:00:00.000Z\"")]
    [InlineData("?for=365d", "365.00:00:00", "\"2031-01-01T00:00:00.000Z\"")]
    public async Task Post_Pause_SaysUntilWhen(string query, string duration, string until)
    {
        var answer = await _edge.CallAsync("POST", $"/queues/g/1/pause{query}");

        answer.Status.ShouldBe(200);
        answer.Text.ShouldBe($$"""{"group":"g","contract":1,"paused":true,"pausedUntil":{{until}}}""");
        _edge.Balancer.Orders.ShouldBe([$"pause g/1 {duration}"]);
    }

    [Theory]
    [InlineData("?for=")]
    [InlineData("?for=999")]
    [InlineData("?for=-5s")]
    [InlineData("?for=366d")]
    [InlineData("?for=soon")]
    [InlineData("?for=10w")]
    [InlineData("?for=10m&for=10m")]
    public async Task Post_PauseForAWrongTime_IsRefused(string query)
    {
        var answer = await _edge.CallAsync("POST", $"/queues/g/1/pause{query}");

        answer.Status.ShouldBe(400);
        answer.Error.ShouldContain("'for'");
        _edge.Balancer.Orders.ShouldBeEmpty();
    }

    [Fact]
    public async Task Post_Resume_SaysItIsNotPaused()
    {
        var answer = await _edge.CallAsync("POST", "/queues/g/1/resume");

        answer.Text.ShouldBe("""{"group":"g","contract":1,"paused":false,"pausedUntil":null}""");
        _edge.Balancer.Orders.ShouldBe(["resume g/1"]);
    }

    [Theory]
    [InlineData("pause")]
    [InlineData("resume")]
    public async Task Post_UnknownQueue_Gets404(string word)
    {
        _edge.Balancer.IsQueueKnown = false;

        var answer = await _edge.CallAsync("POST", $"/queues/g/1/{word}");

        answer.Status.ShouldBe(404);
        answer.Code.ShouldBe("queue_unknown");
        answer.Error.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData("/queues/a%2Fb/1/pause", "a/b")]
    [InlineData("/queues/a%2fb%20c/1/pause?for=1h", "a/b c")]
    [InlineData("/queues/a%252Fb/1/pause", "a%2Fb")]
    [InlineData("/queues/%2F/1/pause/", "/")]
    [InlineData("/queues/%C3%A9%2F%F0%9F%98%80/1/pause", "é/😀")]
    [InlineData("/queues/a%2Fb/2/../1/pause", "a/b")]
    [InlineData("/QUEUES/a%2Fb/1/PAUSE", "a/b")]
    [InlineData("/queues/a+b/1/pause", "a+b")]
    [InlineData("/queues/%25/1/pause", "%")]
    public async Task Post_GroupWithAnySign_IsOneSegment(string path, string group)
    {
        // By hand: a client library would tidy the path.
        using var connection = await _edge.ConnectAsync();
        await connection.SendAsync(
            $"POST {path} HTTP/1.1\r\nHost: h\r\nAuthorization: {EdgeHarness.Key}\r\nContent-Length: 0\r\n\r\n");

        var answer = await connection.ReadAsync();

        answer.Status.ShouldBe(200, answer.Text);
        answer.Json.GetProperty("group").GetString().ShouldBe(group);
        answer.Json.GetProperty("contract").GetInt32().ShouldBe(1);
    }

    [Theory]
    [InlineData("/queues/g/x/pause", 400)]
    [InlineData("/queues/g/-1/pause", 400)]
    [InlineData("/queues/g/2147483648/resume", 400)]
    [InlineData("/queues/g/h/1/pause", 404)]
    [InlineData("/queues//1/pause", 404)]
    [InlineData("/queues/g/1/stop", 404)]
    public async Task Post_PathThatNamesNoQueue_IsRefused(string path, int status)
    {
        (await _edge.CallAsync("POST", path)).Status.ShouldBe(status);
        _edge.Balancer.Orders.ShouldBeEmpty();
    }

    [Fact]
    public async Task Post_TooLongGroup_IsRefused() =>
        (await _edge.CallAsync("POST", $"/queues/{new string('x', 257)}/1/pause")).Status.ShouldBe(400);
}
