using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Queues;

/// <summary>Tasks for whom nobody is there: never, not now, or not any more.</summary>
public sealed class NoWorkerTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(DeadlineWheel.TickMilliseconds);

    private readonly ManualTimeProvider _time = new();

    [Theory]
    [InlineData("hello", "never-seen")]
    [InlineData("nobody", "hello")]
    public async Task NeverSeen_EveryMode_IsRefusedAtOnce(string group, string function)
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await _time.StartEngineAsync(
            worker, options => options with { NoWorkerGrace = TimeSpan.FromMinutes(1) });

        (await harness.RunAsync(function, group: group)).Kind.ShouldBe(TaskOutcomeKind.NoWorker);
        var request = new TaskRequest
        {
            Queue = new QueueKey(group, 1),
            Function = function,
            Body = [],
            Options = new TaskOptions { Mode = TaskMode.Async },
        };
        var receipts = await harness.Engine.SubmitAsync([request]);
        receipts.Single().Refusal!.Kind.ShouldBe(TaskOutcomeKind.NoWorker);
    }

    [Fact]
    public async Task SeenAndAway_SyncTask_WaitsForTheGraceAndThenIsRefused()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await StartAwayAsync(worker, TimeSpan.FromSeconds(10));

        var before = _time.Elapsed;
        var run = harness.RunAsync();
        _time.AdvanceUntil(run, Step);

        var outcome = await run;
        (_time.Elapsed - before).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(10));
        outcome.Kind.ShouldBe(TaskOutcomeKind.NoWorker);
        outcome.RetryAfter.ShouldNotBeNull();
    }

    [Fact]
    public async Task SeenAndAway_WorkerComesBackInTime_SyncTaskRuns()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await StartAwayAsync(worker, TimeSpan.FromMinutes(10));
        var run = harness.RunAsync();
        var later = harness.SubmitAsync();

        worker.HealthAnswer = null;
        _time.AdvanceUntil(run, Step);

        (await run).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
        (await harness.EndOfAsync(await later)).State.ShouldBe(TaskState.Succeeded);
    }

    [Fact]
    public async Task WorkersLeaveWhileTasksWait_GraceBeginsThen()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 1, WebSocket = false });
        worker.AnswerNext(FakeAnswers.Hang);
        await using var harness = await _time.StartEngineAsync(worker, options => options with
        {
            NoWorkerGrace = TimeSpan.FromSeconds(10),
            DiscoveryRetries = 0,
        });
        var running = harness.RunAsync();
        await worker.WaitForCallAsync();
        var waiting = harness.RunAsync(body: "[2]");

        worker.HealthAnswer = FakeAnswers.Close;
        _time.AdvanceUntil(waiting, Step);

        (await waiting).Kind.ShouldBe(TaskOutcomeKind.NoWorker);
        _time.AdvanceUntil(running, Step);
        worker.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task FunctionGoneFromTheInterface_ItsTasksWaitAndOthersPass()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 1 });
        worker.AnswerNext(FakeAnswers.Held);
        await using var harness = await _time.StartEngineAsync(worker);
        var before = worker.Health;
        await harness.SubmitAsync(function: "hello");
        var call = await worker.WaitForCallAsync();
        var waits = await harness.SubmitAsync(function: "hello");

        worker.Health = before with { Functions = [new Protocol.WorkerFunction("other", null)] };
        var other = WaitForFunctionAsync(harness, "other");
        _time.AdvanceUntil(other, Step);
        call.Release();
        var passes = await harness.SubmitAsync(function: "other");
        (await _time.AdvanceToEndAsync(harness, passes, Step)).State.ShouldBe(TaskState.Succeeded);
        (await harness.FindAsync(waits)).Attempts.ShouldBeEmpty();

        worker.Health = before;
        (await _time.AdvanceToEndAsync(harness, waits, Step)).State.ShouldBe(TaskState.Succeeded);
    }

    // Known since the first health answer, and gone since.
    private async Task<EngineHarness> StartAwayAsync(FakeWorker worker, TimeSpan grace)
    {
        var harness = await _time.StartEngineAsync(worker, options => options with
        {
            NoWorkerGrace = grace,
            DiscoveryRetries = 0,
        });
        worker.HealthAnswer = FakeAnswers.Close;
        worker.Socket.Drop();
        var away = harness.WaitForAsync(worker, "offline");
        _time.AdvanceUntil(away, Step);
        await away;
        return harness;
    }

    private static async Task WaitForFunctionAsync(EngineHarness harness, string function)
    {
        await harness.WaitForAsync(
            fleet => fleet.Workers.Any(w => w.IsServing && w.Health!.Functions!.Any(f => f.Name == function)),
            $"function {function}");

        // The fleet shows what the worker said; the queue has it when it takes such a task.
        while (true)
        {
            var receipt = await harness.Engine.SubmitAsync([EngineHarness.Request(function: function)]);
            if (receipt[0].Refusal is null)
                return;
            await Task.Yield();
        }
    }
}
