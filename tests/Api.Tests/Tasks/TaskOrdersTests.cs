using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Tasks;

/// <summary>Orders about one task: cancel, retry, send again, report.</summary>
public sealed class TaskOrdersTests : IAsyncLifetime
{
    private static readonly string Path = $"/task/{ScriptedBalancer.Id}";
    private static readonly (string, string) Token = ("x-fencing-token", "41");

    private EdgeHarness _edge = null!;

    public async ValueTask InitializeAsync() => _edge = await EdgeHarness.StartAsync();

    public ValueTask DisposeAsync() => _edge.DisposeAsync();

    [Fact]
    public async Task Delete_TaskThatLives_SaysItIsCancelled()
    {
        _edge.Balancer.OrderResult = new(TaskAnswerKind.Done, TaskState.Cancelled);

        var answer = await _edge.CallAsync("DELETE", Path);

        answer.Status.ShouldBe(200);
        answer.Text.ShouldBe(
            $$"""{"taskId":"{{ScriptedBalancer.Id}}","state":"cancelled","outcome":"cancelled"}""");
        _edge.Balancer.Orders.ShouldBe([$"cancel {ScriptedBalancer.Id}"]);
    }

    [Theory]
    [InlineData(TaskState.Succeeded, "succeeded")]
    [InlineData(TaskState.Dead, "dead")]
    [InlineData(TaskState.Expired, "expired")]
    public async Task Delete_TaskThatHasEnded_SaysItIsTooLate(TaskState state, string word)
    {
        _edge.Balancer.OrderResult = new(TaskAnswerKind.TooLate, state);

        var answer = await _edge.CallAsync("DELETE", Path);

        answer.Status.ShouldBe(409);
        answer.Code.ShouldBe("too-late");
        answer.Json.GetProperty("outcome").GetString().ShouldBe("too-late");
        answer.Json.GetProperty("state").GetString().ShouldBe(word);
    }

    [Fact]
    public async Task Post_Retry_QueuesTheTaskAgain()
    {
        _edge.Balancer.OrderResult = new(TaskAnswerKind.Done, TaskState.Queued);

        var answer = await _edge.CallAsync("POST", Path + "/retry");

        answer.Status.ShouldBe(202);
        answer.Text.ShouldBe($$"""{"taskId":"{{ScriptedBalancer.Id}}","state":"queued"}""");
        answer.Header("Location").ShouldBe(Path);
        _edge.Balancer.Orders.ShouldBe([$"retry {ScriptedBalancer.Id}"]);
    }

    [Fact]
    public async Task Post_RedeliverWebhook_SaysItIsPending()
    {
        _edge.Balancer.OrderResult = new(TaskAnswerKind.Done, TaskState.Succeeded);

        var answer = await _edge.CallAsync("POST", Path + "/webhook/retry");

        answer.Status.ShouldBe(202);
        answer.Text.ShouldBe($$"""{"taskId":"{{ScriptedBalancer.Id}}","state":"pending"}""");
        _edge.Balancer.Orders.ShouldBe([$"redeliver {ScriptedBalancer.Id}"]);
    }

    [Theory]
    [InlineData("/retry", "not_retryable")]
    [InlineData("/webhook/retry", "not_deliverable")]
    public async Task Post_OrderThatTheStateForbids_Gets409(string path, string code)
    {
        _edge.Balancer.OrderResult = new(TaskAnswerKind.TooLate, TaskState.Running);

        var answer = await _edge.CallAsync("POST", Path + path);

        answer.Status.ShouldBe(409);
        answer.Code.ShouldBe(code);
        answer.Error.ShouldContain("\"running\"");
        answer.Json.GetProperty("state").GetString().ShouldBe("running");
    }

    [Theory]
    [InlineData(TaskAnswerKind.Unknown, 404, "task_unknown")]
    [InlineData(TaskAnswerKind.Gone, 410, "task_gone")]
    [InlineData(TaskAnswerKind.Refused, 503, "unavailable")]
    public async Task Call_OrderAboutNoTaskOrRefused_SaysWhy(TaskAnswerKind kind, int status, string code)
    {
        foreach (var (method, path) in new[] { ("DELETE", ""), ("POST", "/retry"), ("POST", "/webhook/retry") })
        {
            _edge.Balancer.OrderResult = new(kind);

            var answer = await _edge.CallAsync(method, Path + path);

            answer.Status.ShouldBe(status);
            answer.Code.ShouldBe(code);
            answer.Error.ShouldNotBeEmpty();
        }
    }

    [Fact]
    public async Task Post_RetryRefused_SaysTheEnginesWords()
    {
        _edge.Balancer.OrderResult = new(TaskAnswerKind.Refused, Refusal: new TaskOutcome
        {
            Kind = TaskOutcomeKind.QueueFull,
            Error = "Full.",
            RetryAfter = TimeSpan.FromSeconds(9),
        });

        var answer = await _edge.CallAsync("POST", Path + "/retry");

        answer.Status.ShouldBe(429);
        answer.Error.ShouldBe("Full.");
        answer.Header("Retry-After").ShouldBe("9");
    }

    [Theory]
    [InlineData("", "50", "Progress")]
    [InlineData("?kind=progress", "{\"done\":1}\n", "Progress")]
    [InlineData("?kind=chunk", "\"part é\"", "Chunk")]
    public async Task Post_Progress_ReachesTheEngine(string query, string data, string kind)
    {
        _edge.Balancer.OrderResult = new(TaskAnswerKind.Done, TaskState.Running);

        var answer = await ReportAsync(query, data);

        answer.Status.ShouldBe(204);
        answer.Body.ShouldBeEmpty();
        _edge.Balancer.Orders.ShouldBe([$"report {ScriptedBalancer.Id} 41 {kind} {data}"]);
    }

    [Fact]
    public async Task Post_ProgressOfAnOldAttempt_Gets409()
    {
        _edge.Balancer.OrderResult = new(TaskAnswerKind.Stale, TaskState.Running);

        var answer = await ReportAsync("", "1");

        answer.Status.ShouldBe(409);
        answer.Code.ShouldBe("stale_token");
        answer.Error.ShouldContain("fencing token");
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("1 2")]
    [InlineData("{")]
    [InlineData("words")]
    public async Task Post_ProgressThatIsNoJsonValue_IsRefused(string data)
    {
        var answer = await ReportAsync("", data);

        answer.Status.ShouldBe(400);
        answer.Code.ShouldBe("json_invalid");
        _edge.Balancer.Orders.ShouldBeEmpty();
    }

    [Fact]
    public async Task Post_ProgressAtAndAboveItsLimit_IsTakenAndRefused()
    {
        _edge.Balancer.OrderResult = new(TaskAnswerKind.Done, TaskState.Running);

        (await ReportAsync("", $"\"{new string('x', 65_534)}\"")).Status.ShouldBe(204);
        (await ReportAsync("", $"\"{new string('x', 65_535)}\"")).Status.ShouldBe(413);
    }

    [Theory]
    [InlineData(null, "header_missing")]
    [InlineData("", "header_invalid")]
    [InlineData("-1", "header_invalid")]
    [InlineData("1.5", "header_invalid")]
    [InlineData("99999999999999999999", "header_invalid")]
    public async Task Post_ProgressWithoutARightToken_IsRefused(string? token, string code)
    {
        var answer = await _edge.SendBodyAsync(
            Path + "/progress", "application/json", "1", token is null ? [] : [("x-fencing-token", token)]);

        answer.Status.ShouldBe(400);
        answer.Code.ShouldBe(code);
        answer.Error.ShouldContain("'x-fencing-token'");
    }

    [Fact]
    public async Task Post_ProgressOfAnotherKindOrType_IsRefused()
    {
        (await ReportAsync("?kind=result", "1")).Code.ShouldBe("query_invalid");
        (await ReportAsync("?kind=chunk&kind=chunk", "1")).Code.ShouldBe("query_invalid");
        (await _edge.SendBodyAsync(Path + "/progress", "text/plain", "1", Token)).Status.ShouldBe(415);
        _edge.Balancer.Orders.ShouldBeEmpty();
    }

    private Task<EdgeAnswer> ReportAsync(string query, string data) =>
        _edge.SendBodyAsync($"{Path}/progress{query}", "application/json", data, Token);
}
