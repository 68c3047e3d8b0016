using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Journal;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage;

/// <summary>A file that may not grow: SQLite answers as on a full disk.</summary>
public sealed class FullDiskTests : IDisposable
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);

    private readonly StoreFolder _folder = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly StageGate _gate = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Commit_OnAFullDisk_IsRefusedUntilTasksHaveEnded()
    {
        var options = _folder.Options with { FileBytesMax = 256 << 10 };
        var store = await OpenStoreAsync(_folder, _clock, _gate, options);
        var queue = store.GetQueue(Mail);
        var accepted = await FillAsync(queue);
        accepted.Count.ShouldBeInRange(15, 64);
        store.IsHealthy.ShouldBeFalse();
        queue.PendingCount.ShouldBe(accepted.Count);

        foreach (var task in await queue.LeaseSomeAsync(10))
            await queue.CompleteAsync(task, task.LeaseToken, TaskEnd.Forgotten(TaskState.Succeeded));
        await RetryAsync();

        store.IsHealthy.ShouldBeTrue();
        var later = NewTask(body: new string('y', 4000));
        await queue.EnqueueAllAsync(later);
        await store.DisposeAsync();
        using (var database = SqliteDatabase.Open(_folder.Database, readOnly: true))
            database.QueryText("PRAGMA integrity_check").ShouldBe("ok");
        await using var again = await OpenStoreAsync(_folder, _clock, options: options);
        (await again.GetQueue(Mail).LeaseSomeAsync(1000)).Select(task => task.Id)
            .ShouldBe([.. accepted.Skip(10).Select(task => task.Id), later.Id]);
    }

    [Fact]
    public async Task Deletion_BesideATaskThatDoesNotFit_IsWritten()
    {
        var options = _folder.Options with { FileBytesMax = 256 << 10, UnwrittenBytesMax = 10 << 20 };
        await using var store = await OpenStoreAsync(_folder, _clock, _gate, options);
        var queue = store.GetQueue(Mail);
        await FillAsync(queue);
        // Larger than the file may ever be: it can only stay in memory.
        await queue.EnqueueAsync(NewWriteBehindTask(new string('z', 1 << 20)));
        var before = _folder.CountRecords();
        foreach (var task in await queue.LeaseSomeAsync(10))
            await queue.CompleteAsync(task, task.LeaseToken, TaskEnd.Forgotten(TaskState.Succeeded));

        var failed = _gate.Next(JournalStage.Failed);
        await RetryAsync();
        await failed; // by the task that does not fit, after the deletions

        _folder.CountRecords().ShouldBe(before - 10);
    }

    [Fact]
    public async Task End_WhoseResultDoesNotFit_WaitsUntilThereIsRoom()
    {
        var options = _folder.Options with { FileBytesMax = 512 << 10 };
        var store = await OpenStoreAsync(_folder, _clock, _gate, options);
        var queue = store.GetQueue(Mail);
        var old = await FillArchiveAsync(queue, 60);
        var task = NewTask();
        await queue.EnqueueAllAsync(task);
        await queue.LeaseOneAsync();
        var failed = _gate.Next(JournalStage.Failed);
        var end = queue.CompleteAsync(task, task.LeaseToken, Kept(new byte[200 << 10])).AsTask();
        await failed;
        end.IsCompleted.ShouldBeFalse();

        // Deleting needs no room, so it is not held up by what finds none; the result is tried right after it.
        var deleted = store.Archive.DeleteAsync([.. old.Select(gone => gone.Id)]).AsTask();
        await _clock.WaitForTimerAsync(FirstRetry);
        _clock.Advance(FirstRetry);

        (await deleted.Guarded("nothing was deleted")).ShouldBe(60);
        (await end.Guarded("the end was not written")).ShouldBeTrue();
        (await store.Archive.FindAsync(task.Id, true)).Task!.Snapshot.Result!.Length.ShouldBe(200 << 10);
        await store.DisposeAsync();
        using var database = SqliteDatabase.Open(_folder.Database, readOnly: true);
        database.QueryText("PRAGMA integrity_check").ShouldBe("ok");
    }

    private TaskEnd Kept(byte[] result)
    {
        var now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        return new TaskEnd
        {
            State = TaskState.Succeeded,
            AtMilliseconds = now,
            KeptUntilMilliseconds = now + 1000,
            Result = result,
        };
    }

    private async Task<List<QueuedTask>> FillArchiveAsync(ITaskQueue queue, int count)
    {
        var tasks = Enumerable.Range(0, count).Select(_ => NewTask()).ToArray();
        await queue.EnqueueAllAsync(tasks);
        foreach (var task in await queue.LeaseSomeAsync(count))
        {
            await queue.CompleteAsync(task, task.LeaseToken, Kept(new byte[4000])).AsTask()
                .Guarded("the end was not written");
        }

        return [.. tasks];
    }

    private async Task<List<QueuedTask>> FillAsync(ITaskQueue queue)
    {
        var accepted = new List<QueuedTask>();
        while (true)
        {
            var task = NewTask(body: new string('x', 4000));
            try
            {
                await queue.EnqueueAllAsync(task);
            }
            catch (TaskStoreException refusal)
            {
                refusal.Message.ShouldContain("full");
                await _clock.WaitForTimerAsync(FirstRetry);
                return accepted;
            }

            accepted.Add(task);
        }
    }

    private async Task RetryAsync()
    {
        var done = _gate.Next(JournalStage.Done);
        _clock.Advance(FirstRetry);
        await done;
    }
}
