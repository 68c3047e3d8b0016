using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Journal;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage;

/// <summary>Bodies that are on disk only, and what happens when they are wanted.</summary>
public sealed class BodyReadingTests : IAsyncLifetime
{
    private readonly StoreFolder _folder = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly RecordingLogger _log = new();
    private LocalTaskStore _store = null!;
    private ITaskQueue _queue = null!;

    public async ValueTask InitializeAsync()
    {
        var options = _folder.Options with { BodyMemoryBytesMax = 0 };
        _store = LocalTaskStore.Sqlite(options, BalancerKey, _clock, _log);
        await _store.OpenAsync(TestContext.Current.CancellationToken);
        _queue = _store.GetQueue(Mail);
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Lease_BodyOnDisk_TakesNothingUntilItIsRead()
    {
        var tasks = await FillAsync(200);
        tasks.ShouldAllBe(task => task.Body == null);
        var leased = new List<QueuedTask>();

        var load = _queue.LeaseAsync(10, leased).AsTask();
        _queue.PendingCount.ShouldBe(200);
        (await load.Guarded("the bodies were not read")).ShouldBe(0);

        leased.ShouldBeEmpty();
        (await _queue.LeaseAsync(10, leased)).ShouldBe(10);
        leased.ShouldBe(tasks.Take(10));
        tasks.Count(task => task.Body is not null).ShouldBe(64);
    }

    [Fact]
    public async Task Lease_BetterTaskWhileBodiesAreAhead_ComesFirst()
    {
        var tasks = await FillAsync(3, priority: 5);
        await _queue.LeaseAsync(1, []).AsTask().Guarded("the bodies were not read");
        var better = NewTask(priority: 2);
        await _queue.EnqueueAllAsync(better);

        (await _queue.LeaseSomeAsync(9)).ShouldBe([better, .. tasks]);
    }

    [Fact]
    public async Task Remove_TaskWhoseBodyIsAhead_IsNotLeased()
    {
        var tasks = await FillAsync(5);
        await _queue.LeaseAsync(1, []).AsTask().Guarded("the bodies were not read");

        (await _queue.RemoveAsync(tasks[0], TaskEnd.Forgotten(TaskState.Expired))).ShouldBeTrue();
        (await _queue.RemoveAsync(tasks[3], TaskEnd.Forgotten(TaskState.Expired))).ShouldBeTrue();

        _queue.PendingCount.ShouldBe(3);
        (await _queue.LeaseSomeAsync(9)).ShouldBe([tasks[1], tasks[2], tasks[4]]);
    }

    [Fact]
    public async Task Remove_TaskWhoseBodyIsBeingRead_StaysWithoutBody()
    {
        var tasks = await FillAsync(2);
        var load = _queue.LeaseAsync(1, []).AsTask();
        (await _queue.RemoveAsync(tasks[0], TaskEnd.Forgotten(TaskState.Expired))).ShouldBeTrue();
        await load.Guarded("the bodies were not read");

        tasks[0].Body.ShouldBeNull();
        (await _queue.LeaseSomeAsync(2)).ShouldBe([tasks[1]]);
    }

    [Fact]
    public async Task Lease_LargeBodies_AreNotAllReadAhead()
    {
        var tasks = await FillAsync(6, bodyLength: 3 << 20);

        await _queue.LeaseAsync(1, []).AsTask().Guarded("the bodies were not read");

        tasks.Select(task => task.Body is not null).ShouldBe([true, true, false, false, false, false]);
        (await _queue.LeaseSomeAsync(6)).Select(task => task.Body!.Length).ShouldAllBe(length => length == 3 << 20);
    }

    [Fact]
    public async Task Lease_DamagedRecord_GivesTheTaskWithoutBodyAndSaysSo()
    {
        var tasks = await FillAsync(3);
        _folder.Execute($"UPDATE tasks SET body = x'00' WHERE sequence = {tasks[1].Sequence}");

        var leased = await _queue.LeaseSomeAsync(3);

        leased.Select(task => task.Body is not null).ShouldBe([true, false, true]);
        _log.Entries.Where(entry => entry.EventId == 4011).ShouldHaveSingleItem().Text
            .ShouldContain(tasks[1].Id.ToString());
        (await _queue.CompleteAsync(leased[1], leased[1].LeaseToken, TaskEnd.Forgotten(TaskState.Dead))).ShouldBeTrue();
    }

    [Fact]
    public async Task Lease_DiskThatCannotBeRead_FailsAndLeavesTheTasks()
    {
        var tasks = await FillAsync(3);
        File.Move(_folder.Database, _folder.Database + ".away");
        var load = _queue.LeaseAsync(2, []).AsTask();
        await _clock.WaitForTimerAsync(TimeSpan.FromMilliseconds(250));
        load.IsCompleted.ShouldBeFalse();
        _clock.Advance(TimeSpan.FromMilliseconds(250));

        (await Should.ThrowAsync<TaskStoreException>(() => load.Guarded("the lease did not fail")))
            .Message.ShouldContain(_folder.Database);
        _queue.PendingCount.ShouldBe(3);
        File.Move(_folder.Database + ".away", _folder.Database);
        (await _queue.LeaseSomeAsync(3)).ShouldBe(tasks);
    }

    [Fact]
    public async Task Retry_TaskWhoseBodyWasRead_GivesItsMemoryBackWhenItIsWrittenAgain()
    {
        var gate = new StageGate();
        using var folder = new StoreFolder();
        await using var store = await OpenStoreAsync(
            folder, _clock, gate, folder.Options with { BodyMemoryBytesMax = 0 });
        var queue = store.GetQueue(Mail);
        await queue.EnqueueAllAsync(NewTask(body: "again"));
        var task = await queue.LeaseOneAsync();
        await queue.RetryAsync(task, task.LeaseToken, 0, countAttempt: true);
        task.Body.ShouldNotBeNull();

        await _clock.WaitForTimersAsync(1);
        var done = gate.Next(JournalStage.Done);
        _clock.Advance(LocalTaskStoreDefaults.WriteBehindDelay);
        await done;

        task.Body.ShouldBeNull();
        (await queue.LeaseOneAsync()).BodyText().ShouldBe("again");
    }

    private async Task<QueuedTask[]> FillAsync(int count, int priority = 1, int bodyLength = 100)
    {
        var body = new string('b', bodyLength);
        var tasks = Enumerable.Range(0, count).Select(_ => NewTask(priority: priority, body: body)).ToArray();
        await _queue.EnqueueAllAsync(tasks);
        return tasks;
    }
}
