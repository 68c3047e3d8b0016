using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Journal;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage;

/// <summary>Ends, and tasks that come back, while the disk fails.</summary>
public sealed class ArchiveFailureTests : IAsyncLifetime
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);

    private readonly StoreFolder _folder = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly StageGate _gate = new();
    private LocalTaskStore _store = null!;
    private ITaskQueue _queue = null!;

    private long Now => _clock.GetUtcNow().ToUnixTimeMilliseconds();

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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Complete_WhenTheCommitFails_WaitsAndIsWrittenLater(bool isDoubtful)
    {
        QueuedTask[] tasks = [NewTask(body: "one"), NewTask(body: "two")];
        await _queue.EnqueueAllAsync(tasks);
        await _queue.LeaseSomeAsync(2);
        var failed = _gate.Next(JournalStage.Failed);
        _gate.Fail(isDoubtful ? JournalStage.AfterCommit : JournalStage.BeforeCommit, 1);
        var first = CompleteAsync(tasks[0]);
        await failed;
        var second = CompleteAsync(tasks[1]);

        tasks.ShouldAllBe(task => task.State == TaskState.Succeeded);
        first.IsCompleted.ShouldBeFalse();
        second.IsCompleted.ShouldBeFalse();
        await RecoverAsync();
        (await first.Guarded("the end was not written")).ShouldBeTrue();
        (await second.Guarded("the end was not written")).ShouldBeTrue();

        _folder.CountRecords().ShouldBe(0);
        (await FindAsync(tasks[0]))!.Body.ShouldBe("one"u8.ToArray());
        (await FindAsync(tasks[1]))!.Body.ShouldBe("two"u8.ToArray());
    }

    [Fact]
    public async Task Dispose_WithAnEndThatCannotBeWritten_SaysSoAndKeepsTheTask()
    {
        var task = NewTask();
        await _queue.EnqueueAllAsync(task);
        await _queue.LeaseOneAsync();
        _gate.Fail(JournalStage.BeforeCommit, int.MaxValue);
        var end = CompleteAsync(task);

        await _store.DisposeAsync().AsTask().Guarded("the store did not close");

        await Should.ThrowAsync<TaskStoreException>(() => end.Guarded("the end waits for ever"));
        await using var again = await OpenStoreAsync(_folder, _clock);
        (await again.GetQueue(Mail).LeaseOneAsync()).Id.ShouldBe(task.Id);
    }

    [Fact]
    public async Task Complete_AfterTheEndOfTheStore_FailsAtOnce()
    {
        var task = NewTask();
        await _queue.EnqueueAllAsync(task);
        await _queue.LeaseOneAsync();
        await _store.DisposeAsync();

        await Should.ThrowAsync<TaskStoreException>(() => CompleteAsync(task).Guarded("the end waits for ever"));
        await Should.ThrowAsync<TaskStoreException>(async () => await _store.Archive.SweepAsync(1));
        await Should.ThrowAsync<TaskStoreException>(async () => await _store.Archive.FindAsync(task.Id, false));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Enqueue_EndedTaskWhoseCommitFails_IsInTheArchiveStill(bool isDoubtful)
    {
        var task = await ArchiveAsync("come back");
        var before = _folder.Query("SELECT count(*) FROM archive");
        _gate.Fail(isDoubtful ? JournalStage.AfterCommit : JournalStage.BeforeCommit, 1);

        await Should.ThrowAsync<TaskStoreException>(() => _queue.EnqueueAllAsync(Revive(task)));
        await RecoverAsync();

        _queue.PendingCount.ShouldBe(0);
        _folder.CountRecords().ShouldBe(0);
        _folder.Query("SELECT count(*) FROM archive").ShouldBe(before);
        var found = (await FindAsync(task)).ShouldNotBeNull();
        found.Body.ShouldBe("come back"u8.ToArray());
        found.Snapshot.State.ShouldBe(TaskState.Dead);

        await _queue.EnqueueAllAsync(Revive(task));
        (await FindAsync(task)).ShouldBeNull();
        (await _queue.LeaseOneAsync()).Id.ShouldBe(task.Id);
    }

    [Fact]
    public async Task Enqueue_EndedTaskLeasedBeforeItsCommitFailed_LivesOn()
    {
        var task = await ArchiveAsync("come back");
        _gate.Hold(JournalStage.AfterCommit);
        _gate.Fail(JournalStage.AfterCommit, 1);
        var reached = _gate.Next(JournalStage.AfterCommit);
        var enqueued = _queue.EnqueueAsync(Revive(task)).AsTask();
        await reached;
        var leased = await _queue.LeaseOneAsync();
        _gate.Release(JournalStage.AfterCommit);
        await Should.ThrowAsync<TaskStoreException>(() => enqueued.Guarded("the commit did not end"));

        await _queue.RetryAsync(leased, leased.LeaseToken, 0, countAttempt: true);
        await RecoverAsync(transactions: 2);

        _folder.CountRecords().ShouldBe(1);
        (await FindAsync(task)).ShouldBeNull();
    }

    [Fact]
    public async Task Orders_WhenTheCommitFails_AreToldOrStay()
    {
        var task = await ArchiveAsync("x");
        _gate.Hold(JournalStage.BeforeCommit);
        _gate.Fail(JournalStage.BeforeCommit, 2);
        var reached = _gate.Next(JournalStage.BeforeCommit);
        var failed = _gate.Next(JournalStage.Failed, 2);
        var pause = _store.RememberPauseAsync(Mail, 5).AsTask();
        await reached;
        var delete = _store.Archive.DeleteAsync([task.Id]).AsTask();
        var delivery = new WebhookDelivery(WebhookDeliveryState.Delivered, 1, 0, 200, null);
        var saved = _store.Archive.SaveDeliveryAsync(task.Id, delivery, Now + 50).AsTask();
        _gate.Release(JournalStage.BeforeCommit);

        await Should.ThrowAsync<TaskStoreException>(() => pause.Guarded("the pause was not refused"));
        await _clock.WaitForTimerAsync(FirstRetry);
        _clock.Advance(FirstRetry);
        await failed;
        await Should.ThrowAsync<TaskStoreException>(() => delete.Guarded("the deletion was not refused"));
        saved.IsCompleted.ShouldBeFalse();
        await _clock.WaitForTimerAsync(FirstRetry * 2);
        _clock.Advance(FirstRetry * 2);
        await saved.Guarded("the delivery was not written");

        (await FindAsync(task))!.Snapshot.Delivery.ShouldBe(delivery);
    }

    private static QueuedTask Revive(QueuedTask task) => new()
    {
        Id = task.Id,
        Queue = task.Queue,
        Function = task.Function,
        Priority = task.Priority,
        CreatedAtMilliseconds = task.CreatedAtMilliseconds,
        Durability = TaskDurability.Committed,
        Body = "{}"u8.ToArray(),
        BodyBytes = 2,
        State = task.State,
        WasArchived = true,
    };

    private async Task<bool> CompleteAsync(QueuedTask task) => await _queue.CompleteAsync(
        task,
        task.LeaseToken,
        new TaskEnd { State = TaskState.Succeeded, AtMilliseconds = Now, KeptUntilMilliseconds = Now + 1000 });

    private async Task<QueuedTask> ArchiveAsync(string body)
    {
        var task = NewTask(body: body);
        await _queue.EnqueueAllAsync(task);
        await _queue.RemoveAsync(
            task, new TaskEnd { State = TaskState.Dead, AtMilliseconds = Now, KeptUntilMilliseconds = Now + 1000 })
            .AsTask().Guarded("the end did not end");
        return task;
    }

    private async Task<ArchivedTask?> FindAsync(QueuedTask task) =>
        (await _store.Archive.FindAsync(task.Id, withBody: true)).Task;

    private async Task RecoverAsync(int transactions = 1)
    {
        await _clock.WaitForTimerAsync(FirstRetry);
        var done = _gate.Next(JournalStage.Done, transactions);
        _clock.Advance(FirstRetry);
        await done;
    }
}
