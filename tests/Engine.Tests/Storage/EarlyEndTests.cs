using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Journal;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage;

/// <summary>Tasks that end before their own record is written: who waits for their commit is told when something of
/// them is on disk, not before.</summary>
public sealed class EarlyEndTests : IAsyncLifetime
{
    private readonly StoreFolder _folder = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly StageGate _gate = new();
    private LocalTaskStore _store = null!;
    private ITaskQueue _queue = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await OpenStoreAsync(_folder, _clock, _gate);
        _queue = _store.GetQueue(Mail);
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Enqueue_TaskEndsAfterItWasGatheredForWriting_CompletesWithItsEnd()
    {
        _gate.Hold(JournalStage.Gathered);
        _gate.Hold(JournalStage.Done);
        var gathered = _gate.Next(JournalStage.Gathered);
        var done = _gate.Next(JournalStage.Done);
        var task = NewTask();
        var enqueue = _queue.EnqueueAsync(task).AsTask();
        await gathered;
        var complete = CompleteAsync(await _queue.LeaseOneAsync());

        _gate.Release(JournalStage.Gathered);
        await done;
        var isToldEarly = enqueue.IsCompleted;
        _gate.Release(JournalStage.Done);

        isToldEarly.ShouldBeFalse("the transaction held neither the task nor its end");
        await enqueue.Guarded("the enqueue did not end");
        (await _store.Archive.FindAsync(task.Id, withBody: false)).Task.ShouldNotBeNull();
        (await complete.Guarded("the completion did not end")).ShouldBeTrue();
    }

    [Fact]
    public async Task Enqueue_TaskEndsBeforeItIsGathered_CompletesWithTheTransactionOfItsEnd()
    {
        _gate.Hold(JournalStage.Gathered);
        var gathered = _gate.Next(JournalStage.Gathered);
        var other = _queue.EnqueueAsync(NewTask()).AsTask();
        await gathered;
        await _queue.LeaseOneAsync();
        var task = NewTask();
        var enqueue = _queue.EnqueueAsync(task).AsTask();
        _ = CompleteAsync(await _queue.LeaseOneAsync());

        _gate.Release(JournalStage.Gathered);
        await other.Guarded("the other enqueue did not end");
        await enqueue.Guarded("the enqueue did not end");

        (await _store.Archive.FindAsync(task.Id, withBody: false)).Task.ShouldNotBeNull();
    }

    [Fact]
    public async Task Enqueue_TaskEndsEarlyAndNothingIsKept_Completes()
    {
        _gate.Hold(JournalStage.Gathered);
        var gathered = _gate.Next(JournalStage.Gathered);
        var enqueue = _queue.EnqueueAsync(NewTask()).AsTask();
        await gathered;
        var leased = await _queue.LeaseOneAsync();
        await _queue.CompleteAsync(leased, leased.LeaseToken, TaskEnd.Forgotten(TaskState.Succeeded));

        _gate.Release(JournalStage.Gathered);

        await enqueue.Guarded("the enqueue did not end");
    }

    [Fact]
    public async Task Enqueue_TaskEndsEarlyAndTheDiskFails_CompletesWhenItsEndIsWritten()
    {
        _gate.Hold(JournalStage.Gathered);
        _gate.Hold(JournalStage.Done);
        var gathered = _gate.Next(JournalStage.Gathered);
        var done = _gate.Next(JournalStage.Done);
        var failed = _gate.Next(JournalStage.Failed);
        var task = NewTask();
        var enqueue = _queue.EnqueueAsync(task).AsTask();
        await gathered;
        _ = CompleteAsync(await _queue.LeaseOneAsync());
        _gate.Release(JournalStage.Gathered);
        await done;
        _gate.Fail(JournalStage.BeforeCommit, 1);
        _gate.Release(JournalStage.Done);
        await failed;
        enqueue.IsCompleted.ShouldBeFalse("its end was not written yet");

        await _clock.WaitForTimersAsync(1);
        _clock.Advance(TimeSpan.FromSeconds(5));

        await enqueue.Guarded("the enqueue did not end");
        (await _store.Archive.FindAsync(task.Id, withBody: false)).Task.ShouldNotBeNull();
    }

    private Task<bool> CompleteAsync(QueuedTask task) => _queue.CompleteAsync(task, task.LeaseToken, new TaskEnd
    {
        State = TaskState.Succeeded,
        AtMilliseconds = 1_900_000_000_100,
        KeptUntilMilliseconds = 2_900_000_000_000,
        Result = "{}"u8.ToArray(),
    }).AsTask();
}
