using System.Text;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Tests.Storage;
using ActorBalancer.Testing.Workers;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Queues;

/// <summary>Living tasks that are called off by filter, and the inputs of tasks, on a real engine.</summary>
public sealed class CancelAllTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CancelAll_TenThousandQueued_AreCancelledAndTheRunningOneGoesOn(bool onDisk)
    {
        const int Count = 10_000;
        using var folder = new StoreFolder();
        await using var worker = await FakeWorker.StartAsync(new FakeWorkerOptions { Slots = 1 });
        worker.Answer = FakeAnswers.Held;
        await using var harness = await EngineHarness.StartAsync([worker], store: onDisk ? StoreOf(folder) : null);
        var running = await harness.SubmitAsync();
        var call = await worker.WaitForCallAsync();
        foreach (var part in Enumerable.Range(0, Count).Chunk(1000))
        {
            var receipts = await harness.Engine.SubmitAsync(
                [.. part.Select(static _ => EngineHarness.Request())]);
            receipts.ShouldAllBe(static receipt => receipt.Refusal == null);
        }

        var cancelled = await harness.Engine.CancelAllAsync(new TaskFilter { State = TaskState.Queued });

        cancelled.ShouldBe(Count);
        (await harness.Engine.ListAsync(new TaskFilter { State = TaskState.Queued }, null, 1)).Tasks.ShouldBeEmpty();
        (await harness.Engine.CancelAllAsync(new TaskFilter { State = TaskState.Queued })).ShouldBe(0);
        (await harness.FindAsync(running)).State.ShouldBe(TaskState.Running);
        var queue = (await harness.Engine.ListQueuesAsync()).Single();
        queue.Counts[TaskState.Cancelled].ShouldBe(Count);
        call.Release();
        (await harness.EndOfAsync(running)).State.ShouldBe(TaskState.Succeeded);
        worker.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task CancelAll_EveryFilter_TouchesThoseAlone()
    {
        await using var worker = await FakeWorker.StartAsync(new FakeWorkerOptions { Slots = 1 });
        worker.Answer = FakeAnswers.Held;
        await using var harness = await EngineHarness.StartAsync([worker]);
        var running = await harness.SubmitAsync();
        var call = await worker.WaitForCallAsync();
        var marked = await harness.SubmitAsync(static options => options with { Tags = ["old"] });
        var plain = await harness.SubmitAsync();
        var later = await harness.SubmitAsync(delayMilliseconds: 3_600_000);

        (await CancelAsync(harness, new TaskFilter { State = TaskState.Queued, Tag = "old" })).ShouldBe(1);
        (await CancelAsync(harness, new TaskFilter { State = TaskState.Queued, Group = "other" })).ShouldBe(0);
        (await CancelAsync(harness, new TaskFilter { State = TaskState.Retrying })).ShouldBe(0);
        (await CancelAsync(harness, new TaskFilter { State = TaskState.Scheduled, Function = "hello" })).ShouldBe(1);
        (await CancelAsync(harness, new TaskFilter { State = TaskState.Running, Contract = 1 })).ShouldBe(1);

        await call.ClientGone;
        (await harness.FindAsync(marked)).State.ShouldBe(TaskState.Cancelled);
        (await harness.FindAsync(later)).State.ShouldBe(TaskState.Cancelled);
        (await harness.EndOfAsync(running)).State.ShouldBe(TaskState.Cancelled);
        (await worker.WaitForCallAsync()).Header("x-task-id").ShouldBe(plain.ToString());
    }

    [Fact]
    public async Task CancelAll_TasksThatSomebodyWaitsFor_AreAnswered()
    {
        await using var worker = await FakeWorker.StartAsync(new FakeWorkerOptions { Slots = 1 });
        worker.Answer = FakeAnswers.Held;
        await using var harness = await EngineHarness.StartAsync([worker]);
        await harness.SubmitAsync();
        await worker.WaitForCallAsync();
        var waiting = harness.RunAsync();
        var cancelled = 0;
        while (cancelled == 0)
            cancelled = await CancelAsync(harness, new TaskFilter { State = TaskState.Queued });

        using var outcome = await waiting;
        outcome.Kind.ShouldBe(TaskOutcomeKind.Cancelled);
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(1)]
    public async Task FindInput_WaitingRunningAndEndedTasks_IsTheBodyAsItCame(long bytesInMemory)
    {
        using var folder = new StoreFolder();
        await using var worker = await FakeWorker.StartAsync(new FakeWorkerOptions { Slots = 1 });
        worker.Answer = FakeAnswers.Held;
        var store = LocalTaskStore.Sqlite(
            folder.Options with { BodyMemoryBytesMax = bytesInMemory }, "key", TimeProvider.System,
            NullLogger.Instance);
        await using var harness = await EngineHarness.StartAsync([worker], store: store);
        const string Body = """{"group":"hello", "x":  1.50e0}""";
        var running = await harness.SubmitAsync(body: Body);
        var call = await worker.WaitForCallAsync();
        var waiting = await harness.SubmitAsync(body: Body);

        (await InputAsync(harness, waiting)).ShouldBe(Body);
        (await InputAsync(harness, running)).ShouldBe(Body);
        call.Release();
        await harness.EndOfAsync(running);
        (await InputAsync(harness, running)).ShouldBe(Body);
        await harness.Engine.PurgeAsync(new TaskFilter { State = TaskState.Succeeded });
        var gone = await harness.Engine.FindInputAsync(running);
        gone.ShouldBe(new TaskInput(TaskAnswerKind.Gone, null));
        (await harness.Engine.FindInputAsync(default)).Kind.ShouldBe(TaskAnswerKind.Unknown);
    }

    private static async Task<string?> InputAsync(EngineHarness harness, TaskId id)
    {
        var input = await harness.Engine.FindInputAsync(id);
        input.Kind.ShouldBe(TaskAnswerKind.Done);
        return input.Body is { } body ? Encoding.UTF8.GetString(body) : null;
    }

    private static async Task<int> CancelAsync(EngineHarness harness, TaskFilter filter) =>
        await harness.Engine.CancelAllAsync(filter);

    private static LocalTaskStore StoreOf(StoreFolder folder) =>
        LocalTaskStore.Sqlite(folder.Options, "key", TimeProvider.System, NullLogger.Instance);
}
