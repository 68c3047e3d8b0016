using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Queues;

/// <summary>Time-outs on the manual clock: nothing here waits for real time.</summary>
public sealed class DeadlineTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(DeadlineWheel.TickMilliseconds);

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task TaskTimeout_WorkerHangs_CallerIsToldAndTheCallIsEnded()
    {
        await using var worker = await StartWorkerAsync(slots: 1);
        worker.AnswerNext(FakeAnswers.Hang);
        await using var harness = await StartAsync(worker, options => options with { TaskTimeout = Seconds(10) });
        var run = harness.RunAsync();
        var call = await worker.WaitForCallAsync();

        Advance(Seconds(10) - Tick);
        run.IsCompleted.ShouldBeFalse();
        Advance(2 * Tick);

        var outcome = await run;
        outcome.Kind.ShouldBe(TaskOutcomeKind.TimedOut);
        outcome.Error.ShouldBe("The task did not end within 10000 ms.");
        await call.ClientGone;
        (await harness.RunAsync()).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
    }

    [Fact]
    public async Task TaskTimeout_NoSlotGetsFree_CallerIsToldAndTheTaskNeverRuns()
    {
        await using var worker = await StartWorkerAsync(slots: 1);
        worker.AnswerNext(FakeAnswers.Held);
        await using var harness = await StartAsync(worker, options => options with { TaskTimeout = Seconds(10) });
        var holder = harness.RunAsync();
        var call = await worker.WaitForCallAsync();
        Advance(Seconds(5));
        var waiting = harness.RunAsync(body: "[1]");

        Advance(Seconds(4));
        call.Release();
        (await holder).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
        (await waiting).Kind.ShouldBe(TaskOutcomeKind.Succeeded);

        worker.AnswerNext(FakeAnswers.Hang);
        var hung = harness.RunAsync();
        await worker.WaitForCallsAsync(2);
        var late = harness.RunAsync(body: "[2]");
        Advance(Seconds(11));

        (await hung).Kind.ShouldBe(TaskOutcomeKind.TimedOut);
        (await late).Kind.ShouldBe(TaskOutcomeKind.TimedOut);
        (await late).Error.ShouldBe("The task found no free slot within 10000 ms.");
        worker.Calls.ShouldNotContain(c => c.BodyText == "[2]");
    }

    [Fact]
    public async Task AttemptTimeout_WorkerHangs_NextAttemptSucceeds()
    {
        await using var worker = await StartWorkerAsync(slots: 2);
        worker.AnswerNext(FakeAnswers.Hang);
        await using var harness = await StartAsync(
            worker, options => options with { AttemptTimeout = Seconds(2), RetryBackoff = TimeSpan.Zero });
        var run = harness.RunAsync();
        var call = await worker.WaitForCallAsync();

        Advance(Seconds(2) + Tick + Tick);
        await call.ClientGone;
        AdvanceUntil(run, Tick);

        var outcome = await run;
        outcome.Kind.ShouldBe(TaskOutcomeKind.Succeeded, outcome.Error);
        outcome.Attempts.ShouldBe(2);
    }

    [Fact]
    public async Task AttemptTimeout_AllAttemptsHang_EndsAsTimedOut()
    {
        await using var worker = await StartWorkerAsync(slots: 5);
        worker.Answer = FakeAnswers.Hang;
        await using var harness = await StartAsync(worker, options => options with
        {
            AttemptTimeout = Seconds(2),
            TaskAttempts = 2,
            RetryBackoff = TimeSpan.Zero,
        });
        var run = harness.RunAsync();
        await worker.WaitForCallAsync();

        Advance(Seconds(2) + Tick + Tick);
        AdvanceUntil(worker.WaitForCallAsync(), Tick);
        Advance(Seconds(2) + Tick + Tick);

        var outcome = await run;
        outcome.Kind.ShouldBe(TaskOutcomeKind.TimedOut);
        outcome.Attempts.ShouldBe(2);
    }

    [Fact]
    public async Task Heartbeat_WorkerGoesSilent_TheSessionIsLostAfterItsTime()
    {
        await using var worker = await StartWorkerAsync(slots: 1);
        await using var harness = await StartAsync(worker, options => options with
        {
            HeartbeatInterval = Seconds(3),
            HeartbeatTimeout = Seconds(2),
            DiscoveryInterval = TimeSpan.FromHours(1),
        });
        worker.Socket.AnswerPings = false;

        AdvanceUntil(harness.Log.WaitForAsync(109), Seconds(1));

        harness.Log.ToString().ShouldContain("no status within 2000 ms after a ping");
    }

    private static TimeSpan Seconds(int count) => TimeSpan.FromSeconds(count);

    private static Task<FakeWorker> StartWorkerAsync(int slots) => FakeWorker.StartAsync(new() { Slots = slots });

    private Task<EngineHarness> StartAsync(FakeWorker worker, Func<EngineOptions, EngineOptions> change)
        => _time.StartEngineAsync(worker, change);

    private void Advance(TimeSpan by) => _time.AdvanceInTicks(by);

    private void AdvanceUntil(Task done, TimeSpan step) => _time.AdvanceUntil(done, step);
}
