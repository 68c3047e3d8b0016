using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Journal;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage;

/// <summary>Which tasks touch the disk, and when.</summary>
public sealed class WriteBehindTests : IAsyncLifetime
{
    private static readonly TimeSpan Delay = LocalTaskStoreDefaults.WriteBehindDelay;

    private readonly StoreFolder _folder = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly StageGate _gate = new();
    private LocalTaskStore _store = null!;
    private ITaskQueue _queue = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await OpenStoreAsync(_folder, _clock, _gate, _folder.Options with { UnwrittenBytesMax = 4096 });
        _queue = _store.GetQueue(Mail);
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Enqueue_Committed_IsOnDiskWhenItCompletes()
    {
        await _queue.EnqueueAllAsync(NewTask());

        _folder.CountRecords().ShouldBe(1);
    }

    [Fact]
    public void Enqueue_Committed_DoesNotCompleteBeforeTheCommit()
    {
        _gate.Hold(JournalStage.BeforeCommit);
        var enqueued = _queue.EnqueueAsync(NewTask());

        enqueued.IsCompleted.ShouldBeFalse();
        _queue.PendingCount.ShouldBe(1);

        _gate.Release(JournalStage.BeforeCommit);
    }

    [Fact]
    public async Task Enqueue_WhileACommitRuns_GoesIntoTheNextTogether()
    {
        _gate.Hold(JournalStage.BeforeCommit);
        var reached = _gate.Next(JournalStage.BeforeCommit);
        var first = _queue.EnqueueAsync(NewTask()).AsTask();
        await reached;
        var others = Enumerable.Range(0, 100).Select(_ => _queue.EnqueueAsync(NewTask()).AsTask()).ToArray();
        var before = _gate.Count(JournalStage.AfterCommit);

        _gate.Release(JournalStage.BeforeCommit);
        await Task.WhenAll([first, .. others]).Guarded("the commits did not end");

        (_gate.Count(JournalStage.AfterCommit) - before).ShouldBe(2);
        _folder.CountRecords().ShouldBe(101);
    }

    [Fact]
    public async Task Enqueue_WriteBehind_CompletesAtOnceAndIsWrittenAfterTheDelay()
    {
        var task = NewWriteBehindTask();
        _queue.EnqueueAsync(task).AsTask().IsCompletedSuccessfully.ShouldBeTrue();

        await AdvanceToCommitAsync();

        _folder.CountRecords().ShouldBe(1);
    }

    [Fact]
    public async Task End_BeforeTheDelay_NeverTouchesTheDisk()
    {
        await _queue.EnqueueAsync(NewWriteBehindTask());
        var ended = await _queue.LeaseOneAsync();
        await _queue.CompleteAsync(ended, ended.LeaseToken, TaskEnd.Forgotten(TaskState.Succeeded));
        var lasting = NewWriteBehindTask();
        await _queue.EnqueueAsync(lasting);

        await AdvanceToCommitAsync();

        _folder.Query("SELECT max(sequence) FROM tasks").ShouldBe(lasting.Sequence);
        _folder.CountRecords().ShouldBe(1);
    }

    [Fact]
    public async Task Enqueue_YoungWriteBehindBesideACommit_IsNotWrittenWithIt()
    {
        var young = NewWriteBehindTask();
        await _queue.EnqueueAsync(young);
        _clock.Advance(Delay / 2);
        var committed = NewTask();
        await _queue.EnqueueAllAsync(committed);

        _folder.Query("SELECT max(sequence) FROM tasks").ShouldBe(committed.Sequence);
        _folder.CountRecords().ShouldBe(1);

        await AdvanceToCommitAsync(Delay / 2);
        _folder.CountRecords().ShouldBe(2);
    }

    [Fact]
    public async Task Enqueue_ManyWriteBehind_ArmOneTimerAndOneCommit()
    {
        var before = _gate.Count(JournalStage.AfterCommit);
        for (var i = 0; i < 10; i++)
            await _queue.EnqueueAsync(NewWriteBehindTask());
        _clock.ActiveTimers.ShouldBe(1);

        await AdvanceToCommitAsync();

        (_gate.Count(JournalStage.AfterCommit) - before).ShouldBe(1);
        _folder.CountRecords().ShouldBe(10);
    }

    [Fact]
    public async Task End_AfterTheWrite_IsDeletedWithinTheDelay()
    {
        await _queue.EnqueueAllAsync(NewTask());
        var task = await _queue.LeaseOneAsync();
        await _queue.CompleteAsync(task, task.LeaseToken, TaskEnd.Forgotten(TaskState.Succeeded));
        _folder.CountRecords().ShouldBe(1);

        await AdvanceToCommitAsync();

        _folder.CountRecords().ShouldBe(0);
    }

    [Fact]
    public async Task End_AfterTheWrite_IsDeletedWithTheNextCommit()
    {
        QueuedTask[] tasks = [NewTask(), NewTask(priority: 2)];
        await _queue.EnqueueAllAsync(tasks);
        var leased = await _queue.LeaseOneAsync();
        await _queue.CompleteAsync(leased, leased.LeaseToken, TaskEnd.Forgotten(TaskState.Succeeded));
        await _queue.RemoveAsync(tasks[1], TaskEnd.Forgotten(TaskState.Expired));

        await _queue.EnqueueAllAsync(NewTask());

        _folder.CountRecords().ShouldBe(1);
    }

    [Fact]
    public async Task End_WhileItIsWritten_IsDeletedAfterwards()
    {
        _gate.Hold(JournalStage.BeforeCommit);
        var reached = _gate.Next(JournalStage.BeforeCommit);
        var enqueued = _queue.EnqueueAsync(NewTask()).AsTask();
        await reached;
        var task = await _queue.LeaseOneAsync();
        await _queue.CompleteAsync(task, task.LeaseToken, TaskEnd.Forgotten(TaskState.Succeeded));
        _gate.Release(JournalStage.BeforeCommit);
        await enqueued.Guarded("the commit did not end");
        _folder.CountRecords().ShouldBe(1);

        await _clock.WaitForTimerAsync(Delay);
        await AdvanceToCommitAsync();

        _folder.CountRecords().ShouldBe(0);
    }

    [Fact]
    public async Task Lease_OfAWrittenTask_KeepsItsAttemptOnDiskWhenItLasts()
    {
        await _queue.EnqueueAllAsync(NewTask());
        var task = await _queue.LeaseOneAsync();
        await AdvanceToCommitAsync();
        _folder.Query("SELECT attempt FROM progress").ShouldBe(1);

        var due = _clock.GetUtcNow().ToUnixTimeMilliseconds() + 60_000;
        await _queue.RetryAsync(task, task.LeaseToken, due, countAttempt: true);
        await AdvanceToCommitAsync();
        _folder.Query("SELECT due_ms FROM progress").ShouldBe(due);

        await _queue.RemoveAsync(task, TaskEnd.Forgotten(TaskState.Expired));
        await AdvanceToCommitAsync();
        _folder.Query("SELECT count(*) FROM progress").ShouldBe(0);
        _folder.CountRecords().ShouldBe(0);
    }

    [Fact]
    public async Task Lease_WhileTheTaskIsWritten_KeepsItsAttemptAsWell()
    {
        _gate.Hold(JournalStage.BeforeCommit);
        var reached = _gate.Next(JournalStage.BeforeCommit);
        var enqueued = _queue.EnqueueAsync(NewTask()).AsTask();
        await reached;
        await _queue.LeaseOneAsync();
        _gate.Release(JournalStage.BeforeCommit);
        await enqueued.Guarded("the commit did not end");
        _folder.Query("SELECT attempt FROM tasks").ShouldBe(0);

        await AdvanceToCommitAsync();

        _folder.Query("SELECT attempt FROM progress").ShouldBe(1);
    }

    [Fact]
    public async Task Lease_OfATaskThatEndsSoon_WritesNoProgress()
    {
        await _queue.EnqueueAllAsync(NewTask());
        var task = await _queue.LeaseOneAsync();
        await _queue.CompleteAsync(task, task.LeaseToken, TaskEnd.Forgotten(TaskState.Succeeded));
        var before = _gate.Count(JournalStage.AfterCommit);

        await AdvanceToCommitAsync();

        (_gate.Count(JournalStage.AfterCommit) - before).ShouldBe(1);
        _folder.Query("SELECT count(*) FROM progress").ShouldBe(0);
    }

    [Fact]
    public async Task Enqueue_WriteBehindBeyondTheBound_WaitsForTheDisk()
    {
        _gate.Hold(JournalStage.BeforeCommit);
        var waiting = new List<ValueTask>();
        while (waiting.Count == 0)
        {
            var enqueued = _queue.EnqueueAsync(NewWriteBehindTask(new string('x', 500)));
            if (!enqueued.IsCompleted)
                waiting.Add(enqueued);
        }

        var count = _queue.PendingCount;
        _clock.Advance(Delay);
        _gate.Release(JournalStage.BeforeCommit);

        await waiting[0].AsTask().Guarded("room was not given");
        _queue.PendingCount.ShouldBe(count);
        _queue.EnqueueAsync(NewWriteBehindTask()).AsTask().IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public async Task Enqueue_AfterTheEnd_IsRefused()
    {
        await _store.DisposeAsync();

        await Should.ThrowAsync<TaskStoreException>(async () => await _queue.EnqueueAsync(NewTask()));
        await Should.ThrowAsync<TaskStoreException>(async () => await _queue.EnqueueAsync(NewWriteBehindTask()));
        await Should.ThrowAsync<TaskStoreException>(async () => await _queue.EnqueueAsync([NewTask()]));
        _queue.PendingCount.ShouldBe(0);
    }

    private Task AdvanceToCommitAsync() => AdvanceToCommitAsync(Delay);

    private async Task AdvanceToCommitAsync(TimeSpan by)
    {
        // The writer arms its timer after a round: only then is the advance one that it sees.
        await _clock.WaitForTimersAsync(1);
        var committed = _gate.Next(JournalStage.AfterCommit);
        _clock.Advance(by);
        await committed;
    }
}
