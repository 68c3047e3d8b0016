using System.Text.Json;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Tasks;

public sealed class LookupEndpointTests(EdgeFixture fixture) : IClassFixture<EdgeFixture>
{
    private static readonly string Path = $"/task/{ScriptedBalancer.Id}";

    private readonly EdgeHarness _edge = fixture.Edge;

    [Fact]
    public async Task Get_QueuedTask_ShowsAllMembersAndNoEnd()
    {
        var answer = await GetAsync(Snapshots.Queued);

        answer.Status.ShouldBe(200);
        answer.Header("Cache-Control").ShouldBe("no-store");
        ShouldBeJson(answer, $$"""
            {
              "taskId": "{{ScriptedBalancer.Id}}", "traceId": "{{ScriptedBalancer.Id}}", "state": "queued",
              "group": "g/h", "contract": 3, "function": "f",
              "mode": "async", "priority": 7, "tags": [], "createdAt": "2026-01-02T03:04:05.678Z", "dueAt": null,
              "startedAt": null, "finishedAt": null, "keptUntil": null, "worker": null, "attempts": []
            }
            """);
    }

    [Fact]
    public async Task Get_TaskWithAnOrderingKey_ShowsIt()
    {
        var answer = await GetAsync(Snapshots.Queued with { OrderingKey = "order \"7\"" });

        answer.Json.GetProperty("orderingKey").GetString().ShouldBe("order \"7\"");
    }

    [Theory]
    [InlineData("false", false)]
    [InlineData("true", true)]
    public async Task Get_TheResultIsNotWanted_StaysAwayAndTheRestIsThere(string wish, bool isShown)
    {
        var answer = await GetAsync(Snapshots.Succeeded("""{"success":true,"result":7}"""), $"?result={wish}");

        answer.Json.TryGetProperty("result", out _).ShouldBe(isShown);
        answer.Json.GetProperty("state").GetString().ShouldBe("succeeded");
        answer.Header("Content-Length").ShouldBe(answer.Body.Length.ToString());
    }

    [Fact]
    public async Task Get_SucceededTask_ShowsItsAttemptsAndTheBareResult()
    {
        var answer = await GetAsync(Snapshots.Succeeded("""{"success":true,"result":{"pages": [1e999]}}"""));

        answer.Text.ShouldEndWith(",\"result\":{\"pages\": [1e999]}}");
        answer.Header("Content-Length").ShouldBe(answer.Body.Length.ToString());
        ShouldBeJson(answer, $$"""
            {
              "taskId": "{{ScriptedBalancer.Id}}", "traceId": "{{ScriptedBalancer.Id}}", "state": "succeeded",
              "group": "g/h", "contract": 3, "function": "f",
              "mode": "async", "priority": 7, "tags": ["a", "é\"<"], "createdAt": "2026-01-02T03:04:05.678Z",
              "dueAt": "2026-01-02T03:04:05.679Z", "startedAt": "2026-01-02T03:04:05.680Z",
              "finishedAt": "2026-01-02T03:04:05.683Z", "keptUntil": "2026-01-02T03:04:05.688Z", "worker": "http://w2",
              "attempts": [
                {
                  "number": 1, "worker": "http://w1", "startedAt": "2026-01-02T03:04:05.680Z",
                  "endedAt": "2026-01-02T03:04:05.681Z", "error": "It's gone."
                },
                {
                  "number": 2, "worker": "http://w2", "startedAt": "2026-01-02T03:04:05.682Z",
                  "endedAt": "2026-01-02T03:04:05.683Z", "error": null
                }
              ],
              "result": {"pages": [1e999]}
            }
            """);
    }

    [Theory]
    [InlineData("""{"success":true,"result":null}""", "null")]
    [InlineData("""{"success":true,"result":1,"took":2}""", """{"success":true,"result":1,"took":2}""")]
    [InlineData("[1]", "[1]")]
    [InlineData("plain \"words\"\n", "\"plain \\\"words\\\"\\n\"")]
    [InlineData("", "\"\"")]
    [InlineData(null, "null")]
    public async Task Get_AnswerOfAnotherShape_IsShownWhole(string? reply, string expected)
    {
        var answer = await GetAsync(Snapshots.Succeeded(reply));

        answer.Text.ShouldEndWith($",\"result\":{expected}}}");
        answer.Json.TryGetProperty("error", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Get_AnswerThatIsNoText_IsShownInBase64()
    {
        var answer = await GetAsync(Snapshots.Succeeded([0xFF, 0x00]));

        answer.Json.GetProperty("result").GetString().ShouldBe("/wA=");
    }

    [Theory]
    [InlineData(TaskState.Dead, "dead")]
    [InlineData(TaskState.Cancelled, "cancelled")]
    [InlineData(TaskState.Expired, "expired")]
    public async Task Get_TaskThatEndedOtherwise_ShowsTheErrorAndNoResult(TaskState state, string word)
    {
        var answer = await GetAsync(Snapshots.Succeeded("1") with { State = state, Error = "Why." });

        answer.Json.GetProperty("state").GetString().ShouldBe(word);
        answer.Json.GetProperty("error").GetString().ShouldBe("Why.");
        answer.Json.TryGetProperty("result", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Get_TaskWithDelivery_ShowsIt()
    {
        var pending = await GetAsync(Snapshots.Succeeded("1") with
        {
            Mode = TaskMode.Webhook,
            Delivery = new WebhookDelivery(WebhookDeliveryState.Pending, 2, Snapshots.Moment, 503, "busy"),
        });
        var fresh = await GetAsync(Snapshots.Queued with
        {
            Delivery = new WebhookDelivery(WebhookDeliveryState.Delivered, 1, 0, 0, null),
        });

        pending.Json.GetProperty("webhook").GetRawText().ShouldBe(
            """{"state":"pending","tries":2,"nextTryAt":"2026-01-02T03:04:05.678Z","lastStatus":503,"lastError":"busy"}""");
        fresh.Json.GetProperty("webhook").GetRawText().ShouldBe(
            """{"state":"delivered","tries":1,"nextTryAt":null,"lastStatus":null,"lastError":null}""");
    }

    [Fact]
    public async Task Get_LargeResult_ComesWhole()
    {
        var result = $"\"{new string('x', 5_000_000)}\"";

        var answer = await GetAsync(Snapshots.Succeeded($$"""{"success":true,"result":{{result}}}"""));

        answer.Json.GetProperty("result").GetRawText().ShouldBe(result);
    }

    [Theory]
    [InlineData(TaskAnswerKind.Unknown, 404, "task_unknown")]
    [InlineData(TaskAnswerKind.Gone, 410, "task_gone")]
    public async Task Get_NoTask_SaysWhetherThereWasOne(TaskAnswerKind kind, int status, string code)
    {
        _edge.Balancer.FindScript = (_, _, _) => new(new TaskLookup(kind, null));

        var answer = await _edge.CallAsync("GET", Path);

        answer.Status.ShouldBe(status);
        answer.Code.ShouldBe(code);
        answer.Error.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData("1")]
    [InlineData("01970000-1111-7222-8333-444455556666")]
    [InlineData("0197000011117222833344445555666g")]
    [InlineData("%0a")]
    public async Task Call_MalformedId_Gets400OnEveryRouteOfATask(string id)
    {
        foreach (var (method, path) in new[]
        {
            ("GET", ""), ("DELETE", ""), ("GET", "/events"), ("POST", "/retry"), ("POST", "/webhook/retry"),
            ("POST", "/progress"),
        })
        {
            var answer = await _edge.CallAsync(method, $"/task/{id}{path}");

            answer.Status.ShouldBe(400, path);
            answer.Code.ShouldBe("path_invalid");
            answer.Error.ShouldContain("32 hexadecimal digits");
        }
    }

    [Theory]
    [InlineData("", null, 0)]
    [InlineData("?wait=30", null, 30_000)]
    [InlineData("?wait=30s", null, 30_000)]
    [InlineData("?wait=500ms", null, 500)]
    [InlineData("?wait=300", null, 300_000)]
    [InlineData("", "wait=30", 30_000)]
    [InlineData("", "wait=\"30\"", 30_000)]
    [InlineData("", "wait=3000", 300_000)]
    [InlineData("", "wait=99999999999", 300_000)]
    [InlineData("", "wait=-1", 0)]
    [InlineData("", "wait", 0)]
    [InlineData("?wait=1", "wait=30", 1_000)]
    public async Task Get_Wait_ReachesTheEngine(string query, string? prefer, int milliseconds)
    {
        TimeSpan? asked = null;
        _edge.Balancer.FindScript = (_, wait, _) =>
        {
            asked = wait;
            return new(new TaskLookup(TaskAnswerKind.Done, Snapshots.Queued));
        };

        var answer = await _edge.CallAsync(
            "GET", Path + query, prefer is null ? [] : [("Prefer", prefer)]);

        answer.Status.ShouldBe(200);
        asked.ShouldBe(TimeSpan.FromMilliseconds(milliseconds));
    }

    [Theory]
    [InlineData("?wait=")]
    [InlineData("?wait=-1")]
    [InlineData("?wait=301")]
    [InlineData("?wait=300001ms")]
    [InlineData("?wait=5m")]
    [InlineData("?wait=1.5")]
    [InlineData("?wait=99999999999")]
    [InlineData("?wait=1&wait=1")]
    [InlineData("?result=no", "result")]
    [InlineData("?result=false&result=false", "result")]
    public async Task Get_WrongParameter_IsRefused(string query, string member = "wait")
    {
        var answer = await _edge.CallAsync("GET", Path + query);

        answer.Status.ShouldBe(400);
        answer.Code.ShouldBe("query_invalid");
        answer.Error.ShouldContain($"'{member}'");
    }

    [Fact]
    public async Task Get_ServerStopsMeanwhile_AnswersWithWhatThereIs()
    {
        await using var edge = await EdgeHarness.StartAsync(
            options => options with { StopTimeout = TimeSpan.FromSeconds(30) });
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        edge.Balancer.FindScript = async (_, wait, stop) =>
        {
            if (wait > TimeSpan.Zero)
            {
                waiting.SetResult();
                await Task.Delay(Timeout.Infinite, stop);
            }

            return new TaskLookup(TaskAnswerKind.Done, Snapshots.Queued);
        };
        var call = edge.CallAsync("GET", Path + "?wait=300");
        await waiting.Task;

        await edge.StopAsync();

        (await call).Json.GetProperty("state").GetString().ShouldBe("queued");
    }

    private static void ShouldBeJson(EdgeAnswer answer, string expected) =>
        JsonElement.DeepEquals(answer.Json, JsonSerializer.Deserialize<JsonElement>(expected))
            .ShouldBeTrue(answer.Text);

    private Task<EdgeAnswer> GetAsync(TaskSnapshot task, string query = "")
    {
        _edge.Balancer.FindScript = (_, _, _) => new(new TaskLookup(TaskAnswerKind.Done, task));
        return _edge.CallAsync("GET", Path + query);
    }
}
