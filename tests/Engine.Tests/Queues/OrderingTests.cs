using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Queues;

/// <summary>Ordering keys on a real engine with workers on real sockets: the next of a key runs, whatever became of the
/// one before it.</summary>
public sealed class OrderingTests
{
    [Fact]
    public async Task Run_ManyKeysOnManySlots_OneOfAKeyAtATimeInOrderOfArrival()
    {
        const int Keys = 7;
        const int Tasks = 700;
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 20 });
        await using var harness = await EngineHarness.StartAsync([worker]);
        var running = new int[Keys];
        var begun = Enumerable.Range(0, Keys).Select(_ => new List<int>()).ToArray();
        var overlaps = 0;
        worker.Answer = async call =>
        {
            var number = call.Json()[0].GetInt32();
            var key = number % Keys;
            if (Interlocked.Increment(ref running[key]) > 1)
                Interlocked.Increment(ref overlaps);
            lock (begun[key])
                begun[key].Add(number);
            await Task.Yield();
            Interlocked.Decrement(ref running[key]);
            await FakeAnswers.Ok(call);
        };

        var ids = new List<TaskId>();
        for (var i = 0; i < Tasks; i++)
            ids.Add(await SubmitAsync(harness, $"{i % Keys}", i));
        foreach (var id in ids)
            (await harness.EndOfAsync(id)).State.ShouldBe(TaskState.Succeeded);

        overlaps.ShouldBe(0);
        for (var key = 0; key < Keys; key++)
            begun[key].ShouldBe(Enumerable.Range(0, Tasks).Where(number => number % Keys == key));
    }

    [Fact]
    public async Task Run_KeyIsHeld_OtherKeysAndTasksWithoutOneGoOn()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 10 });
        await using var harness = await EngineHarness.StartAsync([worker]);
        worker.AnswerNext(FakeAnswers.Held);
        var first = await SubmitAsync(harness, "a", 1);
        var held = await worker.WaitForCallAsync();
        var second = await SubmitAsync(harness, "a", 2);

        (await harness.EndOfAsync(await SubmitAsync(harness, "b", 3))).State.ShouldBe(TaskState.Succeeded);
        (await harness.EndOfAsync(await harness.SubmitAsync())).State.ShouldBe(TaskState.Succeeded);
        using var sync = await harness.RunAsync();
        sync.Kind.ShouldBe(TaskOutcomeKind.Succeeded);

        (await harness.FindAsync(second)).State.ShouldBe(TaskState.Queued);
        held.Release();
        (await harness.EndOfAsync(first)).State.ShouldBe(TaskState.Succeeded);
        (await harness.EndOfAsync(second)).State.ShouldBe(TaskState.Succeeded);
    }

    [Fact]
    public async Task Run_TaskFailsForGood_ItsAttemptsComeFirstAndTheNextRuns()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await EngineHarness.StartAsync([worker]);
        worker.AnswerNext(FakeAnswers.Failure, FakeAnswers.Failure, FakeAnswers.Failure);

        var first = await SubmitAsync(harness, "k", 1);
        var second = await SubmitAsync(harness, "k", 2);

        (await harness.EndOfAsync(first)).State.ShouldBe(TaskState.Dead);
        (await harness.EndOfAsync(second)).State.ShouldBe(TaskState.Succeeded);
        Numbers(worker).ShouldBe([1, 1, 1, 2]);
    }

    [Fact]
    public async Task Run_WorkerIsLost_TheTaskRunsElsewhereAndThenTheNext()
    {
        await using var lost = await FakeWorker.StartAsync();
        await using var other = await FakeWorker.StartAsync();
        await using var harness = await EngineHarness.StartAsync([lost]);
        lost.Answer = FakeAnswers.Hang;
        var first = await SubmitAsync(harness, "k", 1);
        var second = await SubmitAsync(harness, "k", 2);
        await lost.WaitForCallAsync();
        harness.File.Write([lost.Url, other.Url]);
        await harness.WaitForAsync(other, "ready");

        await lost.GoDownAsync();

        (await harness.EndOfAsync(first)).State.ShouldBe(TaskState.Succeeded);
        (await harness.EndOfAsync(second)).State.ShouldBe(TaskState.Succeeded);
        Numbers(other).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task Run_AttemptOutOfTime_FreesTheKey()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await EngineHarness.StartAsync([worker]);
        worker.AnswerNext(FakeAnswers.Hang);

        var first = await SubmitAsync(
            harness, "k", 1, options => options with { TimeoutMilliseconds = 50, Attempts = 1 });
        var second = await SubmitAsync(harness, "k", 2);

        (await harness.EndOfAsync(first)).State.ShouldBe(TaskState.Dead);
        (await harness.EndOfAsync(second)).State.ShouldBe(TaskState.Succeeded);
    }

    [Fact]
    public async Task Cancel_RunningTask_TheNextOfItsKeyRuns()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await EngineHarness.StartAsync([worker]);
        worker.AnswerNext(FakeAnswers.Hang);
        var first = await SubmitAsync(harness, "k", 1);
        var second = await SubmitAsync(harness, "k", 2);
        var third = await SubmitAsync(harness, "k", 3);
        await worker.WaitForCallAsync();

        (await harness.Engine.CancelAsync(second)).Kind.ShouldBe(TaskAnswerKind.Done);
        (await harness.Engine.CancelAsync(first)).Kind.ShouldBe(TaskAnswerKind.Done);

        (await harness.EndOfAsync(third)).State.ShouldBe(TaskState.Succeeded);
        (await harness.FindAsync(second)).State.ShouldBe(TaskState.Cancelled);
        Numbers(worker).ShouldBe([1, 3]);
    }

    [Fact]
    public async Task Expire_TaskInLine_LeavesItAndTheNextRuns()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await EngineHarness.StartAsync([worker]);
        worker.AnswerNext(FakeAnswers.Held);
        await SubmitAsync(harness, "k", 1);
        var held = await worker.WaitForCallAsync();
        var second = await SubmitAsync(harness, "k", 2, options => options with { TimeToLiveMilliseconds = 1 });
        var third = await SubmitAsync(harness, "k", 3);

        (await harness.EndOfAsync(second)).State.ShouldBe(TaskState.Expired);
        held.Release();

        (await harness.EndOfAsync(third)).State.ShouldBe(TaskState.Succeeded);
        Numbers(worker).ShouldBe([1, 3]);
    }

    [Fact]
    public async Task RetryByHand_TaskOfAHeldKey_ComesBehindWhoWaits()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await EngineHarness.StartAsync([worker]);
        worker.AnswerNext(FakeAnswers.BadRequest, FakeAnswers.Held);
        var first = await SubmitAsync(harness, "k", 1);
        (await harness.EndOfAsync(first)).State.ShouldBe(TaskState.Dead);
        var second = await SubmitAsync(harness, "k", 2);
        var held = (await worker.WaitForCallsAsync(2))[1];
        var third = await SubmitAsync(harness, "k", 3);

        (await harness.Engine.RetryAsync(first)).Kind.ShouldBe(TaskAnswerKind.Done);
        held.Release();

        (await harness.EndOfAsync(first)).State.ShouldBe(TaskState.Succeeded);
        foreach (var id in new[] { second, third })
            (await harness.EndOfAsync(id)).State.ShouldBe(TaskState.Succeeded);
        Numbers(worker).ShouldBe([1, 2, 3, 1]);
    }

    private static Task<TaskId> SubmitAsync(
        EngineHarness harness, string key, int number, Func<TaskOptions, TaskOptions>? change = null) =>
        harness.SubmitAsync(
            options => (change?.Invoke(options) ?? options) with { OrderingKey = key }, body: $"[{number}]");

    private static IEnumerable<int> Numbers(FakeWorker worker) =>
        worker.Calls.Select(static call => call.Json()[0].GetInt32());
}
