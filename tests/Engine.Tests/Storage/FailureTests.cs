using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Journal;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage;

/// <summary>What happens while the disk fails, and when it is well again.</summary>
public sealed class FailureTests : IAsyncLifetime
{
    private static readonly TimeSpan Delay = LocalTaskStoreDefaults.WriteBehindDelay;
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);

    private readonly StoreFolder _folder = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly StageGate _gate = new();
    private readonly RecordingLogger _log = new();
    private LocalTaskStore _store = null!;
    private ITaskQueue _queue = null!;

    public async ValueTask InitializeAsync()
    {
        var options = _folder.Options with { UnwrittenBytesMax = 4096 };
        _store = LocalTaskStore.Sqlite(options, BalancerKey, _clock, _log, _gate.OnStage);
        await _store.OpenAsync(TestContext.Current.CancellationToken);
        _queue = _store.GetQueue(Mail);
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Commit_ThatFails_IsRefusedAndRolledBack(bool isDoubtful)
    {
        _gate.Fail(isDoubtful ? JournalStage.AfterCommit : JournalStage.BeforeCommit, 1);

        await ShouldBeRefusedAsync(NewTask(), NewTask());

        _store.IsHealthy.ShouldBeFalse();
        _queue.PendingCount.ShouldBe(0);
        (await _queue.LeaseSomeAsync(10)).ShouldBeEmpty();

        await RecoverAsync();
        _folder.CountRecords().ShouldBe(0);
        _store.IsHealthy.ShouldBeTrue();
        await _queue.EnqueueAllAsync(NewTask());
        _folder.CountRecords().ShouldBe(1);
    }

    [Fact]
    public async Task Commit_WhileTheDiskFails_IsRefusedAtOnce()
    {
        await FailAsync();
        var failures = _gate.Count(JournalStage.Failed);

        await ShouldBeRefusedAsync(NewTask());

        _gate.Count(JournalStage.Failed).ShouldBe(failures);
        _queue.PendingCount.ShouldBe(0);
    }

    [Fact]
    public async Task Commit_LeasedBeforeItFailed_LivesOn()
    {
        _gate.Hold(JournalStage.BeforeCommit);
        _gate.Fail(JournalStage.BeforeCommit, 1);
        var reached = _gate.Next(JournalStage.BeforeCommit);
        QueuedTask[] tasks = [NewTask(), NewTask()];
        var enqueued = _queue.EnqueueAsync(tasks).AsTask();
        await reached;
        var leased = await _queue.LeaseOneAsync();
        _gate.Release(JournalStage.BeforeCommit);
        await Should.ThrowAsync<TaskStoreException>(() => enqueued.Guarded("the commit did not end"));

        await _queue.RetryAsync(leased, leased.LeaseToken, 0, countAttempt: true);
        _queue.PendingCount.ShouldBe(1);
        await RecoverAsync(transactions: 2);

        // Its record is written behind; that of the other, which was refused, is not.
        _folder.CountRecords().ShouldBe(1);
        _folder.Query("SELECT max(sequence) FROM tasks").ShouldBe(leased.Sequence);
        (await _queue.LeaseOneAsync()).ShouldBeSameAs(leased);
    }

    [Fact]
    public async Task Commit_LeasedWhileItWaitedForItsTurn_LivesOnAndIsWritten()
    {
        _gate.Hold(JournalStage.BeforeCommit);
        var reached = _gate.Next(JournalStage.BeforeCommit);
        var first = _queue.EnqueueAsync(NewTask()).AsTask();
        await reached;
        _gate.Fail(JournalStage.BeforeCommit, 1);
        var second = _queue.EnqueueAsync(NewTask()).AsTask();
        var leased = await _queue.LeaseSomeAsync(2);
        _gate.Release(JournalStage.BeforeCommit);
        await first.Guarded("the commit did not end");
        await Should.ThrowAsync<TaskStoreException>(() => second.Guarded("the commit did not end"));

        (await _queue.RetryAsync(leased[1], leased[1].LeaseToken, 0, countAttempt: true)).ShouldBeTrue();
        await RecoverAsync(transactions: 2);

        _folder.CountRecords().ShouldBe(2);
        _folder.Query("SELECT max(sequence) FROM tasks").ShouldBe(leased[1].Sequence);
    }

    [Fact]
    public async Task Commit_InDoubt_LeavesNoRecordThoughTheOwnerRests()
    {
        _gate.Fail(JournalStage.AfterCommit, 1);
        await ShouldBeRefusedAsync(NewTask());
        _folder.CountRecords().ShouldBe(1);

        await RecoverAsync();

        _folder.CountRecords().ShouldBe(0);
    }

    [Fact]
    public async Task WriteBehind_WhenTheDiskFails_StaysAndIsWrittenLater()
    {
        var task = NewWriteBehindTask();
        await _queue.EnqueueAsync(task);
        _gate.Fail(JournalStage.AfterCommit, 1);
        var failed = _gate.Next(JournalStage.Failed);
        _clock.Advance(Delay);
        await failed;

        _queue.PendingCount.ShouldBe(1);
        await RecoverAsync(transactions: 2);

        _folder.CountRecords().ShouldBe(1);
        await _queue.LeaseOneAsync();
        await _queue.CompleteAsync(task, task.LeaseToken, TaskEnd.Forgotten(TaskState.Succeeded));
        await CommitDueAsync();
        _folder.CountRecords().ShouldBe(0);
    }

    [Fact]
    public async Task WriteBehind_EndedAfterADoubtfulCommit_LeavesNoRecord()
    {
        var task = NewWriteBehindTask();
        await _queue.EnqueueAsync(task);
        _gate.Fail(JournalStage.AfterCommit, 1);
        var failed = _gate.Next(JournalStage.Failed);
        _clock.Advance(Delay);
        await failed;
        _folder.CountRecords().ShouldBe(1);
        await _queue.RemoveAsync(task, TaskEnd.Forgotten(TaskState.Expired));

        await RecoverAsync();

        _folder.CountRecords().ShouldBe(0);
    }

    [Fact]
    public async Task WriteBehind_BeyondTheBoundWhileTheDiskFails_IsRefused()
    {
        await FailAsync();
        var accepted = 0;
        var refusal = await Should.ThrowAsync<TaskStoreException>(async () =>
        {
            for (; accepted < 1000; accepted++)
                await _queue.EnqueueAsync(NewWriteBehindTask()).AsTask().Guarded("the enqueue waits");
        });

        accepted.ShouldBeInRange(4, 40);
        refusal.Message.ShouldContain(_folder.Database);
        _queue.PendingCount.ShouldBe(accepted);
    }

    [Fact]
    public async Task WriteBehind_EndedWhileTheDiskFails_DoesNotCountAgainstTheBound()
    {
        await FailAsync();
        _gate.Fail(JournalStage.BeforeCommit, int.MaxValue);
        foreach (var milliseconds in new[] { 100, 200, 400, 800, 1600, 2000, 2000 })
        {
            for (var i = 0; i < 10; i++)
            {
                await _queue.EnqueueAsync(NewWriteBehindTask());
                var task = await _queue.LeaseOneAsync();
                await _queue.CompleteAsync(task, task.LeaseToken, TaskEnd.Forgotten(TaskState.Succeeded));
            }

            await _clock.WaitForTimerAsync(TimeSpan.FromMilliseconds(milliseconds));
            var idle = _gate.Next(JournalStage.Idle);
            _clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
            await idle;
        }

        _store.IsHealthy.ShouldBeFalse();
    }

    [Fact]
    public async Task Disk_ThatKeepsFailing_IsTriedAtGrowingIntervals()
    {
        _gate.Fail(JournalStage.BeforeCommit, 5);
        await ShouldBeRefusedAsync(NewTask());
        foreach (var milliseconds in new[] { 100, 200, 400, 800 })
        {
            await _clock.WaitForTimerAsync(TimeSpan.FromMilliseconds(milliseconds));
            var failed = _gate.Next(JournalStage.Failed);
            _clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
            await failed;
        }

        await _clock.WaitForTimerAsync(TimeSpan.FromMilliseconds(1600));
        var done = _gate.Next(JournalStage.Done);
        _clock.Advance(TimeSpan.FromMilliseconds(1600));
        await done;

        _store.IsHealthy.ShouldBeTrue();
        await _queue.EnqueueAllAsync(NewTask());
        _log.Entries.Count(entry => entry.Level == LogLevel.Error).ShouldBe(1);
        _log.Entries.Count(entry => entry.EventId == 4004).ShouldBe(1);
    }

    [Fact]
    public async Task Dispose_WhileTheDiskFails_EndsAndSaysWhatWasLeft()
    {
        await FailAsync();
        for (var i = 0; i < 3; i++)
            await _queue.EnqueueAsync(NewWriteBehindTask());
        _gate.Fail(JournalStage.BeforeCommit, int.MaxValue);

        await _store.DisposeAsync().AsTask().Guarded("the store did not close");

        _log.Entries.ShouldContain(entry => entry.EventId == 4005);
    }

    [Fact]
    public async Task Dispose_AfterAFailure_WritesWhatWaited()
    {
        await FailAsync();
        await _queue.EnqueueAsync(NewWriteBehindTask());

        await _store.DisposeAsync().AsTask().Guarded("the store did not close");

        _folder.CountRecords().ShouldBe(1);
    }

    private async Task ShouldBeRefusedAsync(params QueuedTask[] tasks) =>
        (await Should.ThrowAsync<TaskStoreException>(() => _queue.EnqueueAllAsync(tasks)))
            .Message.ShouldContain(_folder.Database);

    private async Task FailAsync()
    {
        _gate.Fail(JournalStage.BeforeCommit, 1);
        await ShouldBeRefusedAsync(NewTask());
        _store.IsHealthy.ShouldBeFalse();
    }

    /// <summary>Moves on to the retry; the first transaction proves the disk, the second writes what is due.</summary>
    private async Task RecoverAsync(int transactions = 1)
    {
        await _clock.WaitForTimerAsync(FirstRetry);
        var done = _gate.Next(JournalStage.Done, transactions);
        _clock.Advance(FirstRetry);
        await done;
    }

    private async Task CommitDueAsync()
    {
        await _clock.WaitForTimersAsync(1);
        var done = _gate.Next(JournalStage.Done);
        _clock.Advance(Delay);
        await done;
    }
}
