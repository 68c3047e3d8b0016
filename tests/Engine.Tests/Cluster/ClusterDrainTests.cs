using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Cluster;

/// <summary>A node of a cluster that stops in order.</summary>
public sealed class ClusterDrainTests
{
    [Fact]
    public async Task Drain_NothingRuns_EndsWithoutWaiting()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var cluster = new ClusterHarness();
        var node = await cluster.AddAsync("one", worker);

        // The clock stands still: nothing that waits for time could end.
        await node.DrainAsync().WaitAsync(TestSignal.Guard);

        lock (cluster.Memory.Gate)
            cluster.Memory.QueueOf(ClusterHarness.Queue).Leases.ShouldBeEmpty();
    }

    [Fact]
    public async Task Drain_TaskRuns_ItEndsAndNothingNewIsLeased()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 4 });
        worker.AnswerNext(FakeAnswers.Held);
        await using var cluster = new ClusterHarness();
        var node = await cluster.AddAsync("one", worker);
        var api = await cluster.AddAsync("api");
        var running = await ClusterHarness.SubmitAsync(api);
        var call = await worker.WaitForCallAsync();

        var drain = node.DrainAsync();
        var waiting = await ClusterHarness.SubmitAsync(api);
        drain.IsCompleted.ShouldBeFalse();
        call.Release();
        await drain.WaitAsync(TestSignal.Guard);

        (await cluster.WaitForAsync(running, _ => true, "there")).State.ShouldBe(TaskState.Succeeded);
        (await cluster.WaitForAsync(waiting, _ => true, "there")).State.ShouldBe(TaskState.Queued);
        worker.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Drain_TaskRunsTooLong_ItGoesBackUncountedAndAnotherNodeRunsIt()
    {
        await using var first = await FakeWorker.StartAsync(new() { Slots = 1 });
        await using var second = await FakeWorker.StartAsync(new() { Slots = 1 });
        first.Answer = FakeAnswers.Hang;
        await using var cluster = new ClusterHarness();
        var leaving = await cluster.AddAsync("leaving", first, options => options with
        {
            DrainTimeout = TimeSpan.FromSeconds(2),
        });
        var api = await cluster.AddAsync("api");
        var run = ClusterHarness.RunAsync(api);
        var call = await first.WaitForCallAsync();
        await cluster.AddAsync("staying", second);

        var stop = leaving.StopAsync();
        using var outcome = await cluster.AdvanceUntilAsync(run);
        await stop.WaitAsync(TestSignal.Guard);

        outcome.Kind.ShouldBe(TaskOutcomeKind.Succeeded, outcome.Error);
        outcome.Attempts.ShouldBe(1);
        await call.ClientGone.WaitAsync(TestSignal.Guard);
        second.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Drain_CallerWaitsForAnotherNode_ItsAnswerStillComes()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 1 });
        worker.Answer = FakeAnswers.Held;
        await using var cluster = new ClusterHarness();
        await cluster.AddAsync("engine", worker);
        var api = await cluster.AddAsync("api");
        var run = ClusterHarness.RunAsync(api);
        var call = await worker.WaitForCallAsync();

        var drain = api.DrainAsync();
        drain.IsCompleted.ShouldBeFalse();
        call.Release();
        using var outcome = await run.WaitAsync(TestSignal.Guard);
        cluster.Time.AdvanceUntil(drain, TimeSpan.FromMilliseconds(25));
        await drain.WaitAsync(TestSignal.Guard);

        outcome.Kind.ShouldBe(TaskOutcomeKind.Succeeded);
    }

    [Fact]
    public async Task Dispose_WithoutDrain_WhatRanGoesBackAtOnce()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 1 });
        worker.Answer = FakeAnswers.Hang;
        await using var cluster = new ClusterHarness();
        var node = await cluster.AddAsync("one", worker);
        var api = await cluster.AddAsync("api");
        var id = await ClusterHarness.SubmitAsync(api);
        await worker.WaitForCallAsync();

        await node.DisposeAsync();

        var task = await cluster.WaitForAsync(id, _ => true, "there");
        task.State.ShouldBe(TaskState.Queued);
        lock (cluster.Memory.Gate)
            cluster.Memory.Find(id)!.Attempt.ShouldBe(0);
    }
}
