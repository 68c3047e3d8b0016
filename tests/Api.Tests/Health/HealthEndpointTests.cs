using System.Text.Json;
using System.Threading.Channels;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Api.Tests.Tasks;
using ActorBalancer.Engine;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Workers;
using ActorBalancer.Protocol;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Health;

public sealed class HealthEndpointTests
{
    private static readonly (string, string) RightKey = ("Authorization", "Bearer " + EdgeHarness.Key);

    [Theory]
    [InlineData(BalancerState.Ready, 200, """{"status":"ready"}""")]
    [InlineData(BalancerState.Draining, 503, """{"status":"draining"}""")]
    [InlineData(BalancerState.Unreachable, 503, """{"status":"unreachable"}""")]
    public async Task Get_WithoutKey_SaysTheStatusAndNoMore(BalancerState state, int status, string body)
    {
        await using var edge = await StartAsync(state);

        var answer = await edge.SendAsync("GET", "/health");

        answer.Status.ShouldBe(status);
        answer.Text.ShouldBe(body);
        answer.Header("Content-Type").ShouldBe("application/json; charset=utf-8");
        answer.Header("Cache-Control").ShouldBe("no-store");
    }

    [Theory]
    [InlineData(BalancerState.Ready, 200, "ready")]
    [InlineData(BalancerState.Draining, 503, "draining")]
    [InlineData(BalancerState.Unreachable, 503, "unreachable")]
    public async Task Get_WithKey_ListsWorkersAndServices(BalancerState state, int status, string word)
    {
        await using var edge = await StartAsync(state);

        var answer = await edge.SendAsync("GET", "/health", RightKey);

        answer.Status.ShouldBe(status);
        var expected = """
            {
              "status": "WORD",
              "workers": [
                {
                  "url": "http://10.0.0.1:3000", "websocketPort": 3001, "group": "pdf", "contract": 2,
                  "status": "ready", "slots": {"used": 1, "available": 9, "limit": 10, "queue": 3},
                  "system": {"uptime": 12.5, "cpuLoad": 0.25, "usedMemoryPercent": 40},
                  "functions": [
                    {"name": "render", "params": {"url": {"type": "string", "required": true}}},
                    {"name": "ping", "params": null}
                  ],
                  "tags": {"region": "eu"},
                  "services": [
                    {"name": "db", "status": "up"}, {"name": "s3", "state": "down"}, {"name": null, "status": null}
                  ],
                  "contractValid": true, "contractMismatchReason": null
                }
              ],
              "invalidWorkers": [
                {
                  "url": "http://10.0.0.2:3000", "websocketPort": 0, "group": null, "contract": null,
                  "status": "offline", "slots": {"used": 0, "available": 0, "limit": 0, "queue": 0},
                  "system": null, "functions": [], "tags": null, "services": [],
                  "contractValid": false, "contractMismatchReason": "function 'render' lacks 'url'"
                }
              ],
              "services": {"sqlite": "ready", "redis": "unreachable"}
            }
            """;
        JsonElement.DeepEquals(answer.Json, Json(expected.Replace("WORD", word, StringComparison.Ordinal)))
            .ShouldBeTrue(answer.Text);
    }

    [Fact]
    public async Task Get_WorkerThatMeasuresNonsense_IsStillJson()
    {
        await using var edge = await StartAsync(BalancerState.Ready);
        edge.Balancer.Fleet = new FleetSnapshot(
            [
                new WorkerSnapshot
                {
                    Url = "http://w",
                    Status = "ready",
                    Slots = new WorkerSlots(0, 0, 0, 0),
                    Health = new WorkerHealth
                    {
                        System = new WorkerSystem(double.PositiveInfinity, double.NaN, 1e300),
                        Tags = default(JsonElement),
                    },
                },
            ],
            []);

        var answer = await edge.SendAsync("GET", "/health", RightKey);

        var system = answer.Json.GetProperty("workers")[0].GetProperty("system");
        system.GetProperty("uptime").ValueKind.ShouldBe(JsonValueKind.Null);
        system.GetProperty("cpuLoad").ValueKind.ShouldBe(JsonValueKind.Null);
        system.GetProperty("usedMemoryPercent").GetDouble().ShouldBe(1e300);
    }

    [Fact]
    public async Task Get_WrongKey_IsRefusedThoughAPartIsPublic()
    {
        await using var edge = await StartAsync(BalancerState.Ready);

        var answer = await edge.SendAsync("GET", "/health", ("Authorization", "wrong"));

        answer.Status.ShouldBe(401);
        answer.Error.ShouldBe("Unauthorized");
    }

    [Fact]
    public async Task Head_EveryGetRoute_HasTheHeadersOfGetAndNoBody()
    {
        await using var edge = await StartAsync(BalancerState.Ready);
        using var connection = await edge.ConnectAsync();
        edge.Balancer.FindScript = (_, _, _) => new(new TaskLookup(TaskAnswerKind.Done, Snapshots.Succeeded("[1]")));
        edge.Balancer.FollowScript = (_, _) => new TaskFollower(
            TaskAnswerKind.Done, Channel.CreateUnbounded<TaskEvent>().Reader, null);
        var task = $"/task/{ScriptedBalancer.Id}";
        await connection.SendAsync($"HEAD {task}/events HTTP/1.1\r\nHost: h\r\nAuthorization: {EdgeHarness.Key}\r\n\r\n");
        (await connection.ReadAsync(hasBody: false)).Header("Content-Type").ShouldBe("text/event-stream");
        foreach (var path in new[] { "/health", "/logs", "/tasks", "/queues", task })
        {
            var rest = $" {path} HTTP/1.1\r\nHost: h\r\nAuthorization: {EdgeHarness.Key}\r\n\r\n";
            await connection.SendAsync("GET" + rest);
            var get = await connection.ReadAsync();
            await connection.SendAsync("HEAD" + rest);
            var head = await connection.ReadAsync(hasBody: false);

            head.Status.ShouldBe(get.Status);
            head.Headers["Content-Length"].ShouldBe(get.Headers["Content-Length"]);
            head.Headers["Content-Type"].ShouldBe(get.Headers["Content-Type"]);
        }
    }

    [Fact]
    public async Task GetLogs_WithKey_ListsTheLinesAsTheyAre()
    {
        await using var edge = await StartAsync(BalancerState.Ready);
        edge.LogLines = ["[2026-01-02T03:04:05.678Z] [INFO] started", "quote \" <b> é 😀 \u2028 \u001b[31m"];

        var answer = await edge.SendAsync("GET", "/logs", RightKey);

        answer.Status.ShouldBe(200);
        answer.Header("Cache-Control").ShouldBe("no-store");
        answer.Json.EnumerateObject().Single().Name.ShouldBe("logs");
        answer.Json.GetProperty("logs").EnumerateArray().Select(line => line.GetString()).ShouldBe(edge.LogLines);
    }

    [Fact]
    public async Task GetLogs_NoLines_IsAnEmptyList()
    {
        await using var edge = await StartAsync(BalancerState.Ready);

        (await edge.SendAsync("GET", "/logs", RightKey)).Text.ShouldBe("""{"logs":[]}""");
    }

    private static async Task<EdgeHarness> StartAsync(BalancerState state)
    {
        var edge = await EdgeHarness.StartAsync();
        edge.Balancer.State = state;
        edge.Balancer.Services = new Dictionary<string, string> { ["sqlite"] = "ready", ["redis"] = "unreachable" };
        edge.Balancer.Fleet = new FleetSnapshot([Valid()], [Invalid()]);
        return edge;
    }

    private static WorkerSnapshot Valid() => new()
    {
        Url = "http://10.0.0.1:3000",
        Status = "ready",
        Slots = new WorkerSlots(1, 9, 10, 3),
        Health = new WorkerHealth
        {
            WebsocketPort = 3001,
            Group = "pdf",
            Contract = 2,
            Status = "maintenance",
            Slots = new WorkerSlots(7, 7, 7, 7),
            System = new WorkerSystem(12.5, 0.25, 40),
            Functions =
            [
                new WorkerFunction("render", Json("""{"url":{"type":"string","required":true}}""")),
                new WorkerFunction("ping", null),
            ],
            Tags = Json("""{"region":"eu"}"""),
            Services =
            [
                new WorkerService("db", "up"),
                new WorkerService("s3", null, "down"),
                new WorkerService(null, null),
            ],
        },
    };

    private static WorkerSnapshot Invalid() => new()
    {
        Url = "http://10.0.0.2:3000",
        Status = "offline",
        Slots = new WorkerSlots(0, 0, 0, 0),
        ContractValid = false,
        ContractMismatchReason = "function 'render' lacks 'url'",
    };

    private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);
}
