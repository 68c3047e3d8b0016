using System.Diagnostics;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;
using ActorBalancer.Engine.Tests.Storage;
using ActorBalancer.Engine.Tests.Webhooks;
using ActorBalancer.Engine.Webhooks;
using ActorBalancer.Testing.Telemetry;
using ActorBalancer.Testing.Workers;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Telemetry;

/// <summary>The spans of tasks on a real engine, over real sockets.</summary>
public sealed class TracingSpansTests
{
    [Fact]
    public async Task Run_SyncTask_WaitsAndIsAttemptedInTheClientsTrace()
    {
        using var recorder = new SpanRecorder();
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await EngineHarness.StartAsync([worker]);

        using var outcome = await harness.Engine.RunAsync(Traced(recorder, TaskMode.Sync));

        var spans = await recorder.WaitForAsync(2);
        spans.Select(static span => span.DisplayName).ShouldBe(["task queue", "task attempt"]);
        spans.ShouldAllBe(span => span.ParentSpanId == recorder.ClientSpan);
        var attempt = spans[1];
        attempt.Kind.ShouldBe(ActivityKind.Client);
        attempt.Status.ShouldBe(ActivityStatusCode.Unset);
        attempt.TraceStateString.ShouldBe("a=b");
        Tag(attempt, TracingTags.System).ShouldBe("actorbalancer");
        Tag(attempt, TracingTags.Queue).ShouldBe("hello/1");
        Tag(attempt, TracingTags.MessageId).ShouldBe(outcome.TaskId.ToString());
        Tag(attempt, TracingTags.Group).ShouldBe("hello");
        Tag(attempt, TracingTags.Contract).ShouldBe(1);
        Tag(attempt, TracingTags.Function).ShouldBe("hello");
        Tag(attempt, TracingTags.Attempt).ShouldBe(1);
        Tag(attempt, TracingTags.Worker).ShouldBe(worker.Url);
        Tag(attempt, TracingTags.Server).ShouldBe("127.0.0.1");
        Tag(attempt, TracingTags.Port).ShouldBe(worker.Port);
        Tag(attempt, TracingTags.Status).ShouldBe(200);
        Tag(attempt, TracingTags.Outcome).ShouldBe("succeeded");
        Tag(attempt, TracingTags.Error).ShouldBeNull();
        worker.Calls[0].Header("traceparent").ShouldBe(attempt.Id);
        worker.Calls[0].Header("tracestate").ShouldBe("a=b");
        outcome.TraceParent.ShouldBe(recorder.TraceParent);
    }

    [Fact]
    public async Task Submit_AttemptsFailAndWebhookIsTriedTwice_EachHasItsSpanInOneTrace()
    {
        using var recorder = new SpanRecorder();
        await using var worker = await FakeWorker.StartAsync();
        worker.AnswerNext(FakeAnswers.Failure, FakeAnswers.Failure);
        await using var receiver = new WebhookReceiver();
        var calls = 0;
        receiver.Answer = (_, stream) =>
            WebhookReceiver.ReplyAsync(stream, Interlocked.Increment(ref calls) == 1 ? "500 No" : "200 OK");
        await using var harness = await EngineHarness.StartAsync([worker], WithWebhooks);

        await SubmitAsync(harness, Traced(recorder, TaskMode.Webhook, receiver.Url));

        var spans = await recorder.WaitForAsync(8);
        spans.ShouldAllBe(span => span.ParentSpanId == recorder.ClientSpan);
        var attempts = Named(spans, "task attempt");
        attempts.Select(span => Tag(span, TracingTags.Attempt)).ShouldBe([1, 2, 3]);
        attempts.Select(span => Tag(span, TracingTags.Outcome)).ShouldBe(["failed", "failed", "succeeded"]);
        attempts.Select(span => span.Status).ShouldBe(
            [ActivityStatusCode.Error, ActivityStatusCode.Error, ActivityStatusCode.Unset]);
        Tag(attempts[0], TracingTags.Error).ShouldBe("it answered 500");
        Tag(attempts[0], TracingTags.ErrorType).ShouldBe("500");
        worker.Calls.Select(static call => call.Header("traceparent"))
            .ShouldBe(attempts.Select(static span => span.Id));
        Named(spans, "task queue").Select(span => Tag(span, TracingTags.Attempt)).ShouldBe([1, 2, 3]);
        var deliveries = Named(spans, "webhook delivery");
        deliveries.Select(span => Tag(span, TracingTags.Outcome)).ShouldBe(["failed", "delivered"]);
        deliveries.Select(span => Tag(span, TracingTags.Try)).ShouldBe([1, 2]);
        deliveries.Select(span => Tag(span, TracingTags.Status)).ShouldBe([500, 200]);
        deliveries.ShouldAllBe(static span => span.TagObjects.All(static tag => !Shows(tag, "secret")));
        foreach (var delivery in deliveries)
        {
            var call = await receiver.NextAsync();
            call.Header("traceparent").ShouldBe(delivery.Id);
            call.Header("tracestate").ShouldBe("a=b");
        }
    }

    [Fact]
    public async Task Cancel_Running_AttemptEndsAsCancelled()
    {
        using var recorder = new SpanRecorder();
        await using var worker = await FakeWorker.StartAsync();
        worker.AnswerNext(FakeAnswers.Hang);
        await using var harness = await EngineHarness.StartAsync([worker]);
        var id = await SubmitAsync(harness, Traced(recorder, TaskMode.Async));
        await worker.WaitForCallAsync();

        await harness.Engine.CancelAsync(id);

        var attempt = Named(await recorder.WaitForAsync(2), "task attempt").Single();
        Tag(attempt, TracingTags.Outcome).ShouldBe("cancelled");
        attempt.Status.ShouldBe(ActivityStatusCode.Error);
    }

    [Fact]
    public async Task Retry_ByHand_GoesOnInTheTasksTraceAndLinksTheRequest()
    {
        using var recorder = new SpanRecorder();
        await using var worker = await FakeWorker.StartAsync();
        worker.AnswerNext(FakeAnswers.BadRequest);
        await using var harness = await EngineHarness.StartAsync([worker]);
        var id = await SubmitAsync(harness, Traced(recorder, TaskMode.Async));
        (await harness.EndOfAsync(id)).State.ShouldBe(TaskState.Dead);

        using var other = new SpanRecorder();
        Activity? request;
        using (request = Tracing.Source.StartActivity(
            "POST /task/{id}/retry", ActivityKind.Server, other.TraceParent))
            await harness.Engine.RetryAsync(id);

        (await harness.EndOfAsync(id)).State.ShouldBe(TaskState.Succeeded);
        request.ShouldNotBeNull().Links.Single().Context.TraceId.ShouldBe(recorder.TraceId);
        var attempts = Named(await recorder.WaitForAsync(3), "task attempt");
        attempts.Select(span => Tag(span, TracingTags.Attempt)).ShouldBe([1, 2]);
        attempts.ShouldAllBe(span => span.ParentSpanId == recorder.ClientSpan);
    }

    [Fact]
    public async Task Restart_TaskInSqlite_GoesOnInItsTrace()
    {
        using var folder = new StoreFolder();
        using var recorder = new SpanRecorder();
        await using var receiver = new WebhookReceiver();
        await using var worker = await FakeWorker.StartAsync();
        worker.AnswerNext(FakeAnswers.Hang);
        var first = await EngineHarness.StartAsync([worker], WithWebhooks, store: Sqlite(folder));
        await SubmitAsync(first, Traced(recorder, TaskMode.Webhook, receiver.Url));
        await worker.WaitForCallAsync();
        using var crashed = folder.CopyFiles();
        await first.DisposeAsync();
        var before = (await recorder.WaitForAsync(2)).Count;

        await using var second = await EngineHarness.StartAsync([worker], WithWebhooks, store: Sqlite(crashed));

        var call = await receiver.NextAsync();
        var spans = (await recorder.WaitForAsync(before + 3)).Skip(before).ToList();
        spans.Select(static span => span.DisplayName)
            .ShouldBe(["task queue", "task attempt", "webhook delivery"], ignoreOrder: true);
        spans.ShouldAllBe(span => span.ParentSpanId == recorder.ClientSpan);
        call.Header("traceparent").ShouldBe(Named(spans, "webhook delivery").Single().Id);

        // 2, unless the crash came before the first attempt was on disk.
        Tag(Named(spans, "task attempt").Single(), TracingTags.Attempt)!.ToString()
            .ShouldBe(worker.Calls[^1].Header("x-task-attempt"));
    }

    [Fact]
    public async Task Run_SampledOut_PassesTheClientsTraceOnAsItCame()
    {
        using var recorder = new SpanRecorder(ActivitySamplingResult.None);
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await EngineHarness.StartAsync([worker]);

        using var outcome = await harness.Engine.RunAsync(Traced(recorder, TaskMode.Sync));

        recorder.Spans.ShouldBeEmpty();
        worker.Calls[0].Header("traceparent").ShouldBe(recorder.TraceParent);
        worker.Calls[0].Header("tracestate").ShouldBe("a=b");
    }

    [Fact]
    public async Task Run_NoTraceOfTheClient_WorkerAndWebhookGetOneTrace()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var receiver = new WebhookReceiver();
        await using var harness = await EngineHarness.StartAsync([worker], WithWebhooks);

        var id = await SubmitAsync(harness, Request(TaskMode.Webhook, receiver.Url));

        var delivered = await receiver.NextAsync();
        delivered.Header("traceparent").ShouldBe($"00-{id}-8000000000000001-01");
        delivered.Header("tracestate").ShouldBeNull();
        worker.Calls[0].Header("traceparent").ShouldNotBeNull().ShouldStartWith($"00-{id}-");
    }

    [Fact]
    public async Task Deliver_SenderNamesATraceForTheCall_ItIsLeftAlone()
    {
        const string Own = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        await using var worker = await FakeWorker.StartAsync();
        await using var receiver = new WebhookReceiver();
        await using var harness = await EngineHarness.StartAsync([worker], WithWebhooks);
        var address = WebhookTasks.Address(receiver.Url, ("traceparent", Own));

        await harness.SubmitAsync(options => options with { Mode = TaskMode.Webhook, Webhook = address });

        (await receiver.NextAsync()).Header("traceparent").ShouldBe(Own);
    }

    private static EngineOptions WithWebhooks(EngineOptions options) => options with
    {
        Webhooks = new WebhookOptions { AllowPrivate = true, RetryDelay = TimeSpan.FromMilliseconds(1) },
    };

    private static LocalTaskStore Sqlite(StoreFolder folder) =>
        LocalTaskStore.Sqlite(folder.Options, "balancer-key", TimeProvider.System, NullLogger.Instance);

    private static TaskRequest Traced(SpanRecorder recorder, TaskMode mode, string? webhook = null) =>
        Request(mode, webhook, recorder.TraceParent, "a=b");

    private static TaskRequest Request(
        TaskMode mode, string? webhook = null, string? traceParent = null, string? traceState = null) => new()
        {
            Queue = new QueueKey("hello", 1),
            Function = "hello",
            WorkerKey = "worker-key",
            Body = "{}"u8.ToArray(),
            TraceParent = traceParent,
            Options = new TaskOptions
            {
                Mode = mode,
                TraceState = traceState,
                Webhook = webhook is null ? null : WebhookTasks.Address(webhook),
            },
        };

    private static async Task<TaskId> SubmitAsync(EngineHarness harness, TaskRequest request)
    {
        var (id, refusal) = (await harness.Engine.SubmitAsync([request]))[0];
        refusal.ShouldBeNull();
        return id;
    }

    private static List<Activity> Named(IEnumerable<Activity> spans, string name) =>
        [.. spans.Where(span => span.DisplayName == name)];

    private static object? Tag(Activity span, string name) => span.GetTagItem(name);

    private static bool Shows(KeyValuePair<string, object?> tag, string text) =>
        tag.Value?.ToString()?.Contains(text, StringComparison.Ordinal) == true;
}
