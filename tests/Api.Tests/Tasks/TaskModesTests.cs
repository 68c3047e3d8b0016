using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Tasks;

/// <summary><c>POST /task</c> in the modes that do not wait, and what its headers ask for.</summary>
public sealed class TaskModesTests : IAsyncLifetime
{
    private const string Sync = """{"group":"g","function":"f","contract":1}""";
    private const string Async = """{"group":"g","function":"f","contract":1,"mode":"async","attempts":2}""";
    private const string Webhook =
        """{"group":"g","function":"f","contract":1,"mode":"webhook","webhook":{"url":"http://h/","headers":{"A":"b"}}}""";

    private const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private EdgeHarness _edge = null!;

    public async ValueTask InitializeAsync() => _edge = await EdgeHarness.StartAsync();

    public ValueTask DisposeAsync() => _edge.DisposeAsync();

    [Fact]
    public async Task Post_Async_Gets202WithTheTask()
    {
        var answer = await _edge.PostTaskAsync(Async);

        answer.Status.ShouldBe(202);
        answer.Text.ShouldBe($$"""{"success":true,"taskId":"{{ScriptedBalancer.Id}}","state":"queued"}""");
        answer.Header("Location").ShouldBe($"/task/{ScriptedBalancer.Id}");
        answer.Header("x-task-id").ShouldBe(ScriptedBalancer.Id.ToString());
        answer.Header("Preference-Applied").ShouldBeNull();
        var request = _edge.Balancer.Requests.ShouldHaveSingleItem();
        Encoding.UTF8.GetString(request.Body).ShouldBe(Async);
        request.WorkerKey.ShouldBe(EdgeHarness.WorkerKey);
        request.Options.Mode.ShouldBe(TaskMode.Async);
        request.Options.Attempts.ShouldBe(2);
    }

    [Fact]
    public async Task Post_Webhook_Gets200WithTheTask()
    {
        var answer = await _edge.PostTaskAsync(Webhook);

        answer.Status.ShouldBe(200);
        answer.Text.ShouldBe(
            $$"""{"success":true,"message":"Task accepted, result will be sent to webhook","taskId":"{{ScriptedBalancer.Id}}"}""");
        answer.Header("Location").ShouldBe($"/task/{ScriptedBalancer.Id}");
        var options = _edge.Balancer.Requests.ShouldHaveSingleItem().Options;
        options.Mode.ShouldBe(TaskMode.Webhook);
        options.Webhook!.Url.ShouldBe("http://h/");
        options.Webhook.Headers.ShouldHaveSingleItem().ShouldBe(new("A", "b"));
    }

    [Theory]
    [InlineData(TaskOutcomeKind.Unavailable, 503, "unavailable", "1")]
    [InlineData(TaskOutcomeKind.QueueFull, 429, "queue_full", "1")]
    [InlineData(TaskOutcomeKind.NoWorker, 503, "no_worker", null)]
    [InlineData(TaskOutcomeKind.KeyReused, 422, "idempotency_key_reused", null)]
    [InlineData(TaskOutcomeKind.WebhookRefused, 400, "webhook_refused", null)]
    public async Task Post_NotTaken_IsRefusedAsASyncTaskIs(
        TaskOutcomeKind kind, int status, string code, string? retryAfter)
    {
        _edge.Balancer.SubmitScript = _ => [new TaskReceipt(default, new TaskOutcome { Kind = kind, Error = "Words." })];

        foreach (var body in new[] { Async, Webhook })
        {
            var answer = await _edge.PostTaskAsync(body);

            answer.Status.ShouldBe(status);
            answer.Code.ShouldBe(code);
            answer.Error.ShouldBe("Words.");
            answer.Header("Retry-After").ShouldBe(retryAfter);
            answer.Header("Location").ShouldBeNull();
            if (kind == TaskOutcomeKind.WebhookRefused)
                answer.Json.GetProperty("member").GetString().ShouldBe("webhook.url");
        }
    }

    [Theory]
    [InlineData("respond-async")]
    [InlineData("wait=0, Respond-Async")]
    [InlineData("return=minimal, respond-async; foo=bar")]
    public async Task Post_SyncWithRespondAsync_BecomesAsync(string prefer)
    {
        var answer = await PostAsync(Sync, "Prefer", prefer);

        answer.Status.ShouldBe(202);
        answer.Header("Preference-Applied").ShouldBe("respond-async");
        _edge.Balancer.Requests.ShouldHaveSingleItem().Options.Mode.ShouldBe(TaskMode.Async);
    }

    [Fact]
    public async Task Post_OtherModeWithRespondAsync_StaysWhatItIs()
    {
        var webhook = await PostAsync(Webhook, "Prefer", "respond-async");
        var async = await PostAsync(Async, "Prefer", "respond-async");

        webhook.Status.ShouldBe(200);
        webhook.Header("Preference-Applied").ShouldBeNull();
        async.Header("Preference-Applied").ShouldBeNull();
        _edge.Balancer.Requests.Select(request => request.Options.Mode)
            .ShouldBe([TaskMode.Webhook, TaskMode.Async]);
    }

    [Fact]
    public async Task Post_AsyncWithWait_AnswersTheEndedTaskOrThatItIsQueued()
    {
        _edge.Balancer.FindScript = (id, wait, _) => new(new TaskLookup(TaskAnswerKind.Done, Snapshots.Succeeded("7")));
        var ended = await PostAsync(Async, "Prefer", "wait=20");
        _edge.Balancer.FindScript = (id, wait, _) => new(new TaskLookup(TaskAnswerKind.Done, Snapshots.Queued));
        var queued = await PostAsync(Async, "Prefer", "wait=999999");

        ended.Status.ShouldBe(200);
        ended.Json.GetProperty("result").GetInt32().ShouldBe(7);
        queued.Status.ShouldBe(202);
        _edge.Balancer.Orders.ShouldBe(
            [$"find {ScriptedBalancer.Id} 20000", $"find {ScriptedBalancer.Id} 300000"]);
    }

    [Fact]
    public async Task Post_AnswersOfATask_NameIt()
    {
        var plain = await _edge.PostTaskAsync(Sync);
        _edge.Balancer.Script = _ => new(new TaskOutcome
        {
            Kind = TaskOutcomeKind.Succeeded,
            Reply = Replies.Of("{}"),
            TaskId = ScriptedBalancer.Id,
        });
        var named = await _edge.PostTaskAsync(Sync);
        _edge.Balancer.Script = _ => new(
            new TaskOutcome { Kind = TaskOutcomeKind.TimedOut, TaskId = ScriptedBalancer.Id });
        var failed = await _edge.PostTaskAsync(Sync);

        plain.Header("x-task-id").ShouldBeNull();
        named.Header("x-task-id").ShouldBe(ScriptedBalancer.Id.ToString());
        failed.Header("x-task-id").ShouldBe(ScriptedBalancer.Id.ToString());
    }

    [Fact]
    public async Task Post_PlainSyncTask_SharesItsOptionsWithAllSuch()
    {
        await _edge.PostTaskAsync(Sync);
        await _edge.PostTaskAsync(Sync.Replace("}", ",\"delay\":5}", StringComparison.Ordinal));

        _edge.Balancer.Requests.ShouldAllBe(request => ReferenceEquals(request.Options, TaskOptions.Default));
        _edge.Balancer.Requests.Last().DelayMilliseconds.ShouldBe(5);
    }

    [Fact]
    public async Task Post_PlainAsyncTasks_ShareTheirOptions()
    {
        const string Plain = """{"group":"g","function":"f","contract":1,"mode":"async"}""";
        await _edge.PostTaskAsync(Plain);
        await PostAsync(Sync, "Prefer", "respond-async");
        await _edge.SendBodyAsync("/tasks", "application/jsonl", $"{Sync}\n{Plain}", ("x-wr-auth", "k"));

        var options = _edge.Balancer.Requests.Select(request => request.Options).Distinct(
            ReferenceEqualityComparer.Instance).ShouldHaveSingleItem();
        options.ShouldBe(new TaskOptions { Mode = TaskMode.Async, Tags = TaskOptions.Default.Tags });
    }

    [Fact]
    public async Task Post_IdempotencyKey_IsMarkedWithTheBody()
    {
        await PostAsync(Sync, "Idempotency-Key", "key-1");
        await PostAsync(Async, "Idempotency-Key", new string('~', 255));

        var marks = _edge.Balancer.Requests.Select(request => request.Options.Idempotency).ToArray();
        marks[0].ShouldBe(new IdempotencyMark(Print("key-1"), Print(Sync)));
        marks[1].ShouldBe(new IdempotencyMark(Print(new string('~', 255)), Print(Async)));
        _edge.Balancer.Requests.Last().Options.Attempts.ShouldBe(2);
    }

    [Theory]
    [InlineData("Idempotency-Key:\r\n")]
    [InlineData("Idempotency-Key: a b\r\n")]
    [InlineData("Idempotency-Key: caf\u00e9\r\n")]
    [InlineData("Idempotency-Key: a\u0001\r\n")]
    [InlineData("Idempotency-Key: a\r\nIdempotency-Key: a\r\n")]
    [InlineData("Idempotency-Key: long")]
    public async Task Post_WrongIdempotencyKey_IsRefused(string header)
    {
        using var connection = await _edge.ConnectAsync();
        header = header.EndsWith("long", StringComparison.Ordinal) ? $"{header}{new string('x', 252)}\r\n" : header;
        await connection.SendAsync(
            $"POST /task HTTP/1.1\r\nHost: h\r\nAuthorization: {EdgeHarness.Key}\r\nx-wr-auth: k\r\n{header}"
                + $"Content-Type: application/json\r\nContent-Length: {Sync.Length}\r\n\r\n{Sync}");

        var answer = await connection.ReadAsync();

        answer.Status.ShouldBe(400);
        answer.Code.ShouldBe("header_invalid");
        answer.Error.ShouldContain("'Idempotency-Key'");
        _edge.Balancer.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(Parent, "a=b", Parent, "a=b")]
    [InlineData("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", null,
        "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", null)]
    [InlineData("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what", null,
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what", null)]
    [InlineData("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.what", "a=b", null, null)]
    [InlineData(Parent + "-what", "a=b", null, null)]
    [InlineData("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "a=b", null, null)]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01", "a=b", null, null)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", "a=b", null, null)]
    [InlineData("00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "a=b", null, null)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0", "a=b", null, null)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01", "a=b", null, null)]
    [InlineData("", "a=b", null, null)]
    [InlineData(null, "a=b", null, null)]
    [InlineData(Parent, "", Parent, null)]
    public async Task Post_TraceContext_IsTakenWhenWellFormed(
        string? parent, string? state, string? takenParent, string? takenState)
    {
        await _edge.PostTaskAsync(Sync, request =>
        {
            if (parent is not null)
                request.Headers.TryAddWithoutValidation("traceparent", parent);
            if (state is not null)
                request.Headers.TryAddWithoutValidation("tracestate", state);
        });

        var taken = _edge.Balancer.Requests.ShouldHaveSingleItem();
        taken.TraceParent.ShouldBe(takenParent);
        taken.Options.TraceState.ShouldBe(takenState);
    }

    [Theory]
    [InlineData(512, true)]
    [InlineData(513, false)]
    public async Task Post_LongTraceState_IsDroppedAboveItsLimit(int length, bool isTaken)
    {
        var state = "a=" + new string('b', length - 2);

        await _edge.PostTaskAsync(Sync, request =>
        {
            request.Headers.TryAddWithoutValidation("traceparent", Parent);
            request.Headers.TryAddWithoutValidation("tracestate", state);
        });

        var taken = _edge.Balancer.Requests.ShouldHaveSingleItem();
        taken.TraceParent.ShouldBe(Parent);
        taken.Options.TraceState.ShouldBe(isTaken ? state : null);
    }

    [Fact]
    public async Task Post_StoreFails_Gets503AndALineInTheLog()
    {
        _edge.Balancer.SubmitScript = _ => throw new Engine.Storage.TaskStoreException("disk full");

        var answer = await _edge.PostTaskAsync(Async);

        answer.Status.ShouldBe(503);
        answer.Code.ShouldBe("unavailable");
        answer.Header("Retry-After").ShouldBe("1");
        _edge.Log.Text.ShouldContain("disk full");
    }

    private static UInt128 Print(string text) =>
        BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private Task<EdgeAnswer> PostAsync(string body, string header, string value) =>
        _edge.PostTaskAsync(body, request => request.Headers.TryAddWithoutValidation(header, value));
}
