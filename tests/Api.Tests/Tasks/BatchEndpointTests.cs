using System.Text;
using System.Text.Json;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Tasks;

public sealed class BatchEndpointTests : IAsyncLifetime
{
    private const string Good = """{"group":"g","function":"f","contract":1}""";
    private const string Type = "application/x-ndjson";

    private EdgeHarness _edge = null!;

    public async ValueTask InitializeAsync() => _edge = await EdgeHarness.StartAsync();

    public ValueTask DisposeAsync() => _edge.DisposeAsync();

    [Fact]
    public async Task Post_Lines_AreTakenTogetherAndAnsweredInOrder()
    {
        const string Hook =
            """ {"mode":"webhook","webhook":{"url":"http://h/"},"group":"g","function":"é","contract":2,"tags":["a"]}""";

        var answer = await PostAsync($"{Good}\n{Hook}\r\n{Good}");

        answer.Status.ShouldBe(200);
        answer.Header("Content-Type").ShouldBe(Type);
        answer.Text.ShouldBe(string.Concat(
            Enumerable.Range(0, 3).Select(i => $$"""{"taskId":"{{ScriptedBalancer.IdOf(i)}}"}""" + "\n")));
        _edge.Balancer.Submissions.ShouldBe(1);
        var requests = _edge.Balancer.Requests.ToArray();
        requests.Select(request => Encoding.UTF8.GetString(request.Body)).ShouldBe([Good, Hook.Trim(), Good]);
        requests.Select(request => request.Options.Mode)
            .ShouldBe([TaskMode.Async, TaskMode.Webhook, TaskMode.Async]);
        requests.ShouldAllBe(request => request.WorkerKey == EdgeHarness.WorkerKey);
        requests[1].Options.Tags.ShouldBe(["a"]);
    }

    [Fact]
    public async Task Post_GoodAndBadLines_EachGetsItsOwnAnswer()
    {
        _edge.Balancer.SubmitScript = requests =>
        [
            new(ScriptedBalancer.IdOf(0), null),
            new(default, new TaskOutcome { Kind = TaskOutcomeKind.QueueFull, RetryAfter = TimeSpan.FromSeconds(3) }),
            new(ScriptedBalancer.IdOf(5), null),
        ];

        var answer = await PostAsync(string.Join('\n', [
            "", Good, "not json", " \t\r", Good, Good.Replace("1", "-1", StringComparison.Ordinal),
            Good.Replace("}", ",\"mode\":\"sync\"}", StringComparison.Ordinal),
            Good.Replace("}", ",\"mode\":\"stream\"}", StringComparison.Ordinal),
            Good.Replace("}", ",\"mode\":\"async\"}", StringComparison.Ordinal), "[]", "\n",
        ]));

        var lines = Lines(answer);
        lines.Select(Word).ShouldBe([
            $"{ScriptedBalancer.IdOf(0)}", "400 json_invalid", "429 queue_full", "400 member_invalid contract",
            "400 member_invalid mode", "400 member_invalid mode", $"{ScriptedBalancer.IdOf(5)}",
            "400 body_not_object",
        ]);
        lines[2].GetProperty("retryAfter").GetInt32().ShouldBe(3);
        lines[4].GetProperty("error").GetString().ShouldBe(
            "Member 'mode' must be \"async\" or \"webhook\" where many tasks are sent at once, but is \"sync\".");
        _edge.Balancer.Requests.Count.ShouldBe(3);
        _edge.Balancer.Submissions.ShouldBe(1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\r\n \n")]
    public async Task Post_NoLines_GetsNoLinesAndAsksNobody(string body)
    {
        var answer = await PostAsync(body);

        answer.Status.ShouldBe(200);
        answer.Body.ShouldBeEmpty();
        _edge.Balancer.Submissions.ShouldBe(0);
    }

    [Fact]
    public async Task Post_OnlyBadLines_AsksNobody()
    {
        var answer = await PostAsync("1\n2\n");

        Lines(answer).Length.ShouldBe(2);
        _edge.Balancer.Submissions.ShouldBe(0);
    }

    [Theory]
    [InlineData("application/ndjson", 200)]
    [InlineData("Application/JSONL; charset=utf-8", 200)]
    [InlineData("application/x-ndjson; charset=latin1", 415)]
    [InlineData("application/json", 415)]
    [InlineData("text/plain", 415)]
    public async Task Post_ContentType_IsOneOfLines(string type, int status)
    {
        var answer = await _edge.SendBodyAsync("/tasks", type, Good, ("x-wr-auth", "k"));

        answer.Status.ShouldBe(status);
        if (status == 415)
            answer.Error.ShouldContain("'application/x-ndjson'");
    }

    [Fact]
    public async Task Post_MoreLinesThanAllowed_AreAllRefused()
    {
        await using var edge = await EdgeHarness.StartAsync(
            options => options with { BodyBytesMax = 100 * 1024 * 1024 });
        var most = string.Concat(Enumerable.Repeat(Good + "\n\n", 100_000));

        var taken = await edge.SendBodyAsync("/tasks", Type, most, ("x-wr-auth", "k"));
        var refused = await edge.SendBodyAsync("/tasks", Type, most + Good, ("x-wr-auth", "k"));

        taken.Status.ShouldBe(200);
        taken.Body.Length.ShouldBe(100_000 * 46);
        refused.Status.ShouldBe(413);
        refused.Code.ShouldBe("too_many_lines");
        edge.Balancer.Submissions.ShouldBe(1);
    }

    [Fact]
    public async Task Post_BodyAboveTheLimit_Gets413()
    {
        await using var edge = await EdgeHarness.StartAsync(options => options with { BodyBytesMax = 100 });

        var answer = await edge.SendBodyAsync("/tasks", Type, $"{Good}\n{Good}\n{Good}", ("x-wr-auth", "k"));

        answer.Status.ShouldBe(413);
        edge.Balancer.Submissions.ShouldBe(0);
    }

    [Fact]
    public async Task Post_NoWorkerKey_OnlyLinesOfQueuesThatNeedNoneAreTaken()
    {
        _edge.Balancer.HasKeysScript = key => key.Contract == 2;
        var keyed = Good.Replace("1", "2", StringComparison.Ordinal);

        var answer = await _edge.SendBodyAsync("/tasks", Type, $"{keyed}\n{Good}\n{Good}\n{keyed}\nx");

        Lines(answer).Select(Word).ShouldBe([
            $"{ScriptedBalancer.IdOf(0)}", "400 header_missing x-wr-auth", "400 header_missing x-wr-auth",
            $"{ScriptedBalancer.IdOf(1)}", "400 json_invalid",
        ]);
    }

    [Fact]
    public async Task Post_IdempotencyKey_MarksEachLineByItsPlace()
    {
        await PostAsync($"{Good}\nbad\n{Good}", ("Idempotency-Key", "k"));
        await PostAsync($"{Good}\nbad\n{Good}", ("Idempotency-Key", "k"));

        var marks = _edge.Balancer.Requests.Select(request => request.Options.Idempotency!).ToArray();
        marks[0].Key.ShouldNotBe(marks[1].Key);
        marks[0].Body.ShouldBe(marks[1].Body);
        marks[2..].ShouldBe(marks[..2]);
    }

    private static JsonElement[] Lines(EdgeAnswer answer)
    {
        answer.Text.ShouldEndWith("\n");
        return [.. answer.Text[..^1].Split('\n').Select(line => JsonSerializer.Deserialize<JsonElement>(line))];
    }

    private static string Word(JsonElement line)
    {
        if (line.TryGetProperty("taskId", out var id))
            return id.GetString()!;
        var member = line.TryGetProperty("member", out var name) ? $" {name}" : "";
        line.GetProperty("error").GetString().ShouldNotBeNullOrEmpty();
        return $"{line.GetProperty("status")} {line.GetProperty("code")}{member}";
    }

    private Task<EdgeAnswer> PostAsync(string body, params (string, string)[] headers) =>
        _edge.SendBodyAsync("/tasks", Type, body, [("x-wr-auth", EdgeHarness.WorkerKey), .. headers]);
}
