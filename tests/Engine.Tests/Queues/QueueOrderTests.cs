using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Queues;

public sealed class QueueOrderTests
{
    [Fact]
    public async Task Dispatch_TenThousandTasksOfMixedPriority_RunStrictlyByPriorityThenInOrderOfArrival()
    {
        const int Slots = 4;
        const int Tasks = 10_000;
        var random = new Random(7);
        var priorities = Enumerable.Range(0, Tasks).Select(_ => random.Next(1, 50) * random.Next(1, 1000)).ToArray();
        await using var worker = await FakeWorker.StartAsync(new() { Slots = Slots });
        await using var harness = await EngineHarness.StartAsync([worker]);

        // The slots are held while all tasks are put in, so that the order is the queue's own choice.
        worker.AnswerNext(Enumerable.Repeat(FakeAnswers.Held, Slots));
        var holders = Enumerable.Range(0, Slots).Select(_ => harness.RunAsync()).ToArray();
        var held = await worker.WaitForCallsAsync(Slots);
        var runs = priorities.Select((priority, i) => harness.RunAsync(priority: priority, body: $"[{i}]")).ToArray();
        foreach (var call in held)
            call.Release();
        foreach (var run in holders.Concat(runs))
            (await run).Kind.ShouldBe(TaskOutcomeKind.Succeeded);

        worker.RunningMax.ShouldBeLessThanOrEqualTo(Slots);
        var expected = Enumerable.Range(0, Tasks).OrderBy(i => priorities[i]).ThenBy(i => i).ToArray();

        // Tasks that run side by side reach the worker on connections of their own and may overtake each other there;
        // the order in which they were given out is the order of their tokens.
        worker.Calls.Skip(Slots)
            .OrderBy(call => long.Parse(call.Header("x-fencing-token")!))
            .Select(call => call.Json()[0].GetInt32())
            .ShouldBe(expected);
    }

    [Fact]
    public async Task Dispatch_OneSlot_OrderIsExact()
    {
        var random = new Random(11);
        var priorities = Enumerable.Range(0, 1000).Select(_ => random.Next(1, 10)).ToArray();
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 1 });
        await using var harness = await EngineHarness.StartAsync([worker]);
        worker.AnswerNext(FakeAnswers.Held);
        var holder = harness.RunAsync();
        var held = await worker.WaitForCallAsync();
        var runs = priorities.Select((priority, i) => harness.RunAsync(priority: priority, body: $"[{i}]")).ToArray();

        held.Release();
        await Task.WhenAll(runs);
        await holder;

        worker.Calls.Skip(1).Select(call => call.Json()[0].GetInt32())
            .ShouldBe(Enumerable.Range(0, 1000).OrderBy(i => priorities[i]).ThenBy(i => i));
    }

    [Fact]
    public async Task Dispatch_OneQueueIsFull_AnotherGroupRunsOn()
    {
        await using var stuck = await FakeWorker.StartAsync(new() { Group = "stuck", Slots = 1 });
        await using var free = await FakeWorker.StartAsync(new() { Group = "free", Slots = 1 });
        stuck.Answer = FakeAnswers.Held;
        await using var harness = await EngineHarness.StartAsync([stuck, free]);
        var waiting = Enumerable.Range(0, 50).Select(_ => harness.RunAsync(group: "stuck")).ToArray();

        for (var i = 0; i < 20; i++)
            (await harness.RunAsync(group: "free")).Kind.ShouldBe(TaskOutcomeKind.Succeeded);

        waiting.ShouldAllBe(run => !run.IsCompleted);
        stuck.Answer = FakeAnswers.Ok;
        (await stuck.WaitForCallAsync()).Release();
        foreach (var run in waiting)
            (await run).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
    }

    [Fact]
    public async Task Dispatch_RetriedTask_ReturnsToItsPlaceBeforeLaterOnes()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 1 });
        await using var harness = await EngineHarness.StartAsync(
            [worker], options => options with { RetryBackoff = TimeSpan.Zero });
        worker.AnswerNext(FakeAnswers.Held);
        var holder = harness.RunAsync();
        var held = await worker.WaitForCallAsync();
        worker.AnswerNext(FakeAnswers.Failure);
        var runs = Enumerable.Range(0, 3).Select(i => harness.RunAsync(body: $"[{i}]")).ToArray();

        held.Release();
        await Task.WhenAll(runs);
        await holder;

        worker.Calls.Skip(1).Select(call => call.Json()[0].GetInt32()).ShouldBe([0, 0, 1, 2]);
    }
}
