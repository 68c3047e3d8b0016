using System.Globalization;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Queues;

/// <summary>What a task's own times do, on the manual clock.</summary>
public sealed class TaskTimeTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(DeadlineWheel.TickMilliseconds);

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task Delay_NotYetOver_TaskIsScheduledAndThenRuns()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await _time.StartEngineAsync(worker);
        var id = await harness.SubmitAsync(delayMilliseconds: 10_000);
        var due = (await harness.FindAsync(id)).DueAtMilliseconds;

        _time.AdvanceInTicks(TimeSpan.FromMilliseconds(9_990));
        (await harness.FindAsync(id)).State.ShouldBe(TaskState.Scheduled);
        worker.Calls.ShouldBeEmpty();

        var task = await _time.AdvanceToEndAsync(harness, id, Step);
        task.State.ShouldBe(TaskState.Succeeded);
        task.StartedAtMilliseconds.ShouldBeGreaterThanOrEqualTo(due);
        (due - task.CreatedAtMilliseconds).ShouldBeInRange(10_000, 10_001);
        task.DueAtMilliseconds.ShouldBe(due);
    }

    [Fact]
    public async Task Attempts_AllWithinOneMillisecond_EventsAreInTheOrderInWhichTheyHappened()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.AnswerNext(FakeAnswers.Failure);
        worker.AnswerNext(FakeAnswers.Hang);
        await using var harness = await _time.StartEngineAsync(worker);
        var id = await harness.SubmitAsync(options => options with { Backoff = new TaskBackoff(false, 0, null) });
        await worker.WaitForCallAsync();
        var second = await worker.WaitForCallAsync();
        var token = long.Parse(second.Header("x-fencing-token")!, CultureInfo.InvariantCulture);
        (await harness.Engine.ReportAsync(id, token, TaskEventKind.Progress, "1"u8.ToArray())).Kind
            .ShouldBe(TaskAnswerKind.Done);

        (await harness.Engine.CancelAsync(id)).Kind.ShouldBe(TaskAnswerKind.Done);

        using var follower = await harness.Engine.FollowAsync(id, -1);
        var events = await follower.Events!.ReadAllAsync().ToListAsync();
        events.Select(static happened => happened.Kind).ShouldBe(
        [
            TaskEventKind.Queued, TaskEventKind.Started, TaskEventKind.Retrying, TaskEventKind.Started,
            TaskEventKind.Progress, TaskEventKind.Failed,
        ]);
        var task = await harness.FindAsync(id);
        task.FinishedAtMilliseconds.ShouldBe(task.Attempts[^1].StartedAtMilliseconds);
    }

    [Fact]
    public async Task Delay_OfSyncTask_ItsTimeBeginsWhenItIsDue()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await _time.StartEngineAsync(
            worker, options => options with { TaskTimeout = TimeSpan.FromSeconds(15) });
        var request = EngineHarness.Request(
            static options => options with { Mode = TaskMode.Sync }, delayMilliseconds: 20_000);

        var run = harness.Engine.RunAsync(request).AsTask();
        _time.AdvanceInTicks(TimeSpan.FromSeconds(19));
        run.IsCompleted.ShouldBeFalse();

        // From the call on the clock stands still: the worker answers in real time.
        _time.AdvanceUntil(Task.WhenAny(worker.WaitForCallAsync(), run), Step);

        (await run).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
    }

    [Fact]
    public async Task TimeToLive_OverBeforeASlotIsFree_ExpiredAndNeverSent()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 1 });
        worker.AnswerNext(FakeAnswers.Held);
        await using var harness = await _time.StartEngineAsync(worker);
        var holder = await harness.SubmitAsync();
        var call = await worker.WaitForCallAsync();
        var id = await harness.SubmitAsync(options => options with { TimeToLiveMilliseconds = 1_000 });

        var task = await _time.AdvanceToEndAsync(harness, id, Step);
        task.State.ShouldBe(TaskState.Expired);
        task.Error.ShouldBe("The task did not start within its time to live of 1000 ms.");
        (task.FinishedAtMilliseconds - task.CreatedAtMilliseconds).ShouldBeGreaterThanOrEqualTo(1_000);
        call.Release();
        (await harness.EndOfAsync(holder)).State.ShouldBe(TaskState.Succeeded);
        worker.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task TimeToLive_OverAfterTheStart_ChangesNothing()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.AnswerNext(FakeAnswers.Held);
        await using var harness = await _time.StartEngineAsync(worker);
        var id = await harness.SubmitAsync(options => options with { TimeToLiveMilliseconds = 1_000 });
        var call = await worker.WaitForCallAsync();

        _time.AdvanceInTicks(TimeSpan.FromSeconds(5));
        call.Release();

        (await harness.EndOfAsync(id)).State.ShouldBe(TaskState.Succeeded);
    }

    [Fact]
    public async Task Timeout_OfAnAttempt_NextOneFollowsThenDead()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.Answer = FakeAnswers.Hang;
        await using var harness = await _time.StartEngineAsync(worker);
        var id = await harness.SubmitAsync(options => options with
        {
            TimeoutMilliseconds = 1_000,
            Attempts = 2,
            Backoff = new TaskBackoff(IsExponential: false, DelayMilliseconds: 500, MaxMilliseconds: null),
        });
        await worker.WaitForCallAsync();

        var task = await _time.AdvanceToEndAsync(harness, id, Step);
        task.State.ShouldBe(TaskState.Dead);
        task.Attempts.Count.ShouldBe(2);
        task.Attempts.ShouldAllBe(static attempt => attempt.Error == "The worker gave no answer within 1000 ms.");
        var between = task.Attempts[1].StartedAtMilliseconds - task.Attempts[0].EndedAtMilliseconds;
        between.ShouldBeGreaterThanOrEqualTo(500);
    }

    [Fact]
    public async Task Deadline_OfAnAttempt_IsToldToTheWorker()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.AnswerNext(FakeAnswers.Held);
        await using var harness = await _time.StartEngineAsync(worker);
        var before = _time.GetUtcNow();

        var id = await harness.SubmitAsync(options => options with { TimeoutMilliseconds = 60_000 });
        var call = await worker.WaitForCallAsync();

        var deadline = DateTimeOffset.Parse(call.Header("x-task-deadline")!);
        (deadline - before).TotalMilliseconds.ShouldBe(60_000, tolerance: 2);
        call.Header("traceparent")!.ShouldBe($"00-{id}-{long.Parse(call.Header("x-fencing-token")!):x16}-01");
        call.Release();
        await harness.EndOfAsync(id);
    }

    [Fact]
    public async Task Retention_Over_TaskIsGone()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await _time.StartEngineAsync(worker);
        var id = await harness.SubmitAsync(options => options with { RetentionMilliseconds = 5_000 });
        await harness.EndOfAsync(id);

        _time.Advance(TimeSpan.FromMilliseconds(4_900));
        (await harness.FindAsync(id)).State.ShouldBe(TaskState.Succeeded);
        _time.Advance(TimeSpan.FromMilliseconds(100));

        (await harness.Engine.FindAsync(id, TimeSpan.Zero, CancellationToken.None)).Kind.ShouldBe(TaskAnswerKind.Gone);
    }

    [Fact]
    public async Task Retention_Zero_TaskIsGoneAtOnce()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.AnswerNext(FakeAnswers.Held);
        await using var harness = await _time.StartEngineAsync(worker);
        var id = await harness.SubmitAsync(options => options with { RetentionMilliseconds = 0 });
        var call = await worker.WaitForCallAsync();
        var end = harness.EndOfAsync(id);
        await harness.FindAsync(id);
        call.Release();

        (await end).State.ShouldBe(TaskState.Succeeded);
        (await harness.Engine.FindAsync(id, TimeSpan.Zero, CancellationToken.None)).Kind.ShouldBe(TaskAnswerKind.Gone);
    }

    [Fact]
    public async Task Pause_ForATime_NothingRunsUntilItIsOver()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await _time.StartEngineAsync(worker);
        var key = new QueueKey("hello", 1);
        (await harness.Engine.PauseAsync(key, TimeSpan.FromMinutes(10))).ShouldBeTrue();
        var id = await harness.SubmitAsync();

        _time.AdvanceInTicks(TimeSpan.FromSeconds(30));
        (await harness.FindAsync(id)).State.ShouldBe(TaskState.Queued);
        (await harness.Engine.ListQueuesAsync()).Single().IsPaused.ShouldBeTrue();

        (await _time.AdvanceToEndAsync(harness, id, TimeSpan.FromSeconds(10))).State.ShouldBe(TaskState.Succeeded);
        (await harness.Engine.ListQueuesAsync()).Single().IsPaused.ShouldBeFalse();
    }

    [Fact]
    public async Task Pause_Resumed_TasksRunInOrder()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 1 });
        await using var harness = await _time.StartEngineAsync(worker);
        var key = new QueueKey("hello", 1);
        await harness.Engine.PauseAsync(key, null);
        var ids = new List<TaskId>();
        for (var i = 0; i < 20; i++)
            ids.Add(await harness.SubmitAsync(body: $"[{i}]"));
        var counts = (await harness.Engine.ListQueuesAsync()).Single();
        counts.Counts[TaskState.Queued].ShouldBe(20);
        counts.OldestAgeMilliseconds.ShouldNotBeNull();

        await harness.Engine.ResumeAsync(key);

        foreach (var id in ids)
            (await harness.EndOfAsync(id)).State.ShouldBe(TaskState.Succeeded);
        worker.Calls.Select(static call => call.BodyText).ShouldBe(Enumerable.Range(0, 20).Select(static i => $"[{i}]"));
    }

    [Fact]
    public async Task Pause_UnknownQueue_IsNotThere()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await _time.StartEngineAsync(worker);

        (await harness.Engine.PauseAsync(new QueueKey("nobody", 1), null)).ShouldBeFalse();
        (await harness.Engine.ResumeAsync(new QueueKey("nobody", 1))).ShouldBeFalse();
    }

    [Fact]
    public async Task Rates_TasksComeAndEnd_AreMeasuredAndFade()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await _time.StartEngineAsync(worker);
        for (var i = 0; i < 50; i++)
            await harness.EndOfAsync(await harness.SubmitAsync());

        _time.Advance(TimeSpan.FromSeconds(1));
        await harness.EndOfAsync(await harness.SubmitAsync());
        var queue = (await harness.Engine.ListQueuesAsync()).Single();
        queue.InPerSecond.ShouldBe(50 * 0.0952, tolerance: 0.3);
        queue.OutPerSecond.ShouldBe(50 * 0.0952, tolerance: 0.3);
    }
}
