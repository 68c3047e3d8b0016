using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Tests.Storage;
using ActorBalancer.Engine.Workers;
using ActorBalancer.Testing;
using ActorBalancer.Testing.Workers;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Workers;

/// <summary>Workers that get no new tasks by an operator's order.</summary>
public sealed class DrainTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Drain_WhileATaskRuns_IsDrainedWhenItEnds()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.Answer = FakeAnswers.Held;
        await using var harness = await EngineHarness.StartAsync([worker]);
        var drained = new TestSignal("the worker to be drained");
        using var subscription = harness.Engine.Events.Subscribe<WorkerDrained>(_ => drained.Set());
        var running = harness.RunAsync();
        var call = await worker.WaitForCallAsync();

        var answer = await harness.Engine.DrainWorkerAsync(worker.Url, isDraining: true);

        answer.Kind.ShouldBe(WorkerAnswerKind.Done);
        answer.Value!.IsDraining.ShouldBeTrue();
        answer.Value.IsServing.ShouldBeFalse();
        answer.Value.Status.ShouldBe("ready");
        harness.Log.Lines.ShouldNotContain(static line => line.Id.Id == 115);
        using var refused = await harness.RunAsync();
        refused.Kind.ShouldBe(TaskOutcomeKind.NoWorker);

        call.Release();
        using var ended = await running;
        ended.Kind.ShouldBe(TaskOutcomeKind.Succeeded);
        await drained.WaitAsync();
        harness.Log.Lines.Count(static line => line.Id.Id == 115).ShouldBe(1);
        worker.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Drain_WorkerWithoutTasks_IsDrainedAtOnceAndServesAgainWhenLifted()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await EngineHarness.StartAsync([worker]);

        await harness.Engine.DrainWorkerAsync(worker.Url, isDraining: true);
        await harness.Log.WaitForAsync(115);
        var lifted = await harness.Engine.DrainWorkerAsync(worker.Url, isDraining: false);

        lifted.Value!.IsDraining.ShouldBeFalse();
        lifted.Value.IsServing.ShouldBeTrue();
        using var outcome = await harness.RunAsync();
        outcome.Kind.ShouldBe(TaskOutcomeKind.Succeeded);
    }

    [Fact]
    public async Task Drain_QueuedTasks_WaitForAnotherWorkerOrForItsEnd()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await EngineHarness.StartAsync([worker]);
        await harness.Engine.DrainWorkerAsync(worker.Url, isDraining: true);

        var id = await harness.SubmitAsync();
        (await harness.FindAsync(id)).State.ShouldBe(TaskState.Queued);
        await harness.Engine.DrainWorkerAsync(worker.Url, isDraining: false);

        (await harness.EndOfAsync(id)).State.ShouldBe(TaskState.Succeeded);
    }

    [Fact]
    public async Task Drain_RestartOfTheBalancer_LastsUntilItIsLifted()
    {
        using var folder = new StoreFolder();
        await using var worker = await FakeWorker.StartAsync();
        using var file = new Testing.Workers.WorkersFile(worker.Url);
        await using (var first = await EngineHarness.StartAsync([worker], Named(file), store: StoreOf(folder)))
            await first.Engine.DrainWorkerAsync(worker.Url, isDraining: true);

        await using (var second = await EngineHarness.StartAsync(
            [worker], Named(file), store: StoreOf(folder), waitForAll: false))
        {
            await second.WaitForAsync(
                fleet => fleet.Workers.Any(static one => one is { Status: "ready", IsDraining: true }), "the drain");
            using var refused = await second.RunAsync();
            refused.Kind.ShouldBe(TaskOutcomeKind.NoWorker);
            await second.Engine.DrainWorkerAsync(worker.Url, isDraining: false);
        }

        await using var third = await EngineHarness.StartAsync([worker], Named(file), store: StoreOf(folder));
        using var outcome = await third.RunAsync();
        outcome.Kind.ShouldBe(TaskOutcomeKind.Succeeded);
        worker.Calls.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Drain_WorkerLeavesTheFile_IsForgotten(bool whileStopped)
    {
        using var folder = new StoreFolder();
        await using var worker = await FakeWorker.StartAsync();
        using var file = new Testing.Workers.WorkersFile(worker.Url);
        await using (var first = await EngineHarness.StartAsync([worker], Named(file), store: StoreOf(folder)))
        {
            await first.Engine.DrainWorkerAsync(worker.Url, isDraining: true);
            if (!whileStopped)
            {
                file.Write();
                await first.WaitForAsync(static fleet => fleet.Workers.Count == 0, "the worker to leave");
            }
        }

        file.Write();
        await using (var second = await EngineHarness.StartAsync(
            [], Named(file), store: StoreOf(folder), waitForAll: false))
        {
            await second.Log.WaitForAsync(100);
            file.Write(worker.Url);
            await second.WaitForAsync(worker, "ready");
        }

        await using var third = await EngineHarness.StartAsync([worker], Named(file), store: StoreOf(folder));
        third.Engine.FindWorker(worker.Url)!.IsDraining.ShouldBeFalse();
    }

    [Fact]
    public async Task Drain_WorkerThatIsNotKnown_IsUnknown()
    {
        await using var harness = await EngineHarness.StartAsync([]);

        (await harness.Engine.DrainWorkerAsync("http://nobody", isDraining: true)).Kind
            .ShouldBe(WorkerAnswerKind.Unknown);
        harness.Engine.Context.Drains.Urls.ShouldBeEmpty();
    }

    [Fact]
    public async Task Drain_ManyOrdersAtOnce_TheLastWordIsOnDisk()
    {
        using var folder = new StoreFolder();
        await using var worker = await FakeWorker.StartAsync();
        using var file = new Testing.Workers.WorkersFile(worker.Url);
        bool isDraining;
        await using (var first = await EngineHarness.StartAsync([worker], Named(file), store: StoreOf(folder)))
        {
            await Task.WhenAll(Enumerable.Range(0, 50).Select(
                number => first.Engine.DrainWorkerAsync(worker.Url, number % 2 == 0).AsTask())).WaitAsync(Patience);
            isDraining = first.Engine.Context.Drains.Urls.Contains(worker.Url);
        }

        await using var second = await EngineHarness.StartAsync(
            [], Named(file), store: StoreOf(folder), waitForAll: false);
        second.Engine.Context.Drains.Urls.Contains(worker.Url).ShouldBe(isDraining);
    }

    private static Func<EngineOptions, EngineOptions> Named(Testing.Workers.WorkersFile file) =>
        options => options with { WorkersFile = file.Path };

    private static LocalTaskStore StoreOf(StoreFolder folder) =>
        LocalTaskStore.Sqlite(folder.Options, "key", TimeProvider.System, NullLogger.Instance);
}
