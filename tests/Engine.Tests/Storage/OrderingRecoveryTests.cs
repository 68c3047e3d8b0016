using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Journal;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage;

/// <summary>What becomes of ordering keys when a store is opened again, and when a commit is refused.</summary>
public sealed class OrderingRecoveryTests : IDisposable
{
    private readonly StoreFolder _folder = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly StageGate _gate = new();

    private long Now => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Open_Again_LinesStandInTheirOrderAndTheRunningTaskIsFirst(bool crashed)
    {
        var tasks = Enumerable.Range(0, 200).Select(i => Keyed($"key {i % 10}", priority: 1 + (i % 3))).ToArray();
        var store = await OpenStoreAsync(_folder, _clock);
        var queue = store.GetQueue(Mail);
        await queue.EnqueueAllAsync(tasks);
        (await queue.LeaseSomeAsync(100)).Count.ShouldBe(10);
        using var copy = crashed ? _folder.CopyFiles() : null;
        await store.DisposeAsync();

        await using var again = await OpenStoreAsync(copy ?? _folder, _clock);
        var found = again.GetQueue(Mail);

        found.PendingCount.ShouldBe(10);
        for (var round = 0; round < 20; round++)
        {
            var leased = await found.LeaseSomeAsync(100);
            leased.Select(task => task.Id).ShouldBe(
                tasks.Skip(round * 10).Take(10).Select(task => task.Id), ignoreOrder: true);
            await EndAllAsync(found, leased);
        }

        found.PendingCount.ShouldBe(0);
    }

    [Fact]
    public async Task Open_TaskThatWaitedForItsRetry_StillHoldsItsKey()
    {
        QueuedTask[] tasks = [Keyed("k"), Keyed("k")];
        var due = Now + 5000;
        await using (var store = await OpenStoreAsync(_folder, _clock))
        {
            var queue = store.GetQueue(Mail);
            await queue.EnqueueAllAsync(tasks);
            var leased = await queue.LeaseOneAsync();
            await queue.RetryAsync(leased, leased.LeaseToken, due, countAttempt: true);
        }

        await using var again = await OpenStoreAsync(_folder, _clock);
        var found = again.GetQueue(Mail);
        found.PendingCount.ShouldBe(0);
        (await found.LeaseSomeAsync(10)).ShouldBeEmpty();

        (await found.PromoteDueAsync(due)).ShouldBe(1);

        await EndAllAsync(found, await LeaseOnlyAsync(found, tasks[0]));
        await LeaseOnlyAsync(found, tasks[1]);
    }

    [Fact]
    public async Task Open_ScheduledTask_ArrivesBehindThoseWhoWait()
    {
        QueuedTask[] tasks = [Keyed("k", due: Now + 10), Keyed("k"), Keyed("k")];
        await using (var store = await OpenStoreAsync(_folder, _clock))
            await store.GetQueue(Mail).EnqueueAllAsync(tasks);
        _clock.Advance(TimeSpan.FromMilliseconds(10));

        await using var again = await OpenStoreAsync(_folder, _clock);
        var found = again.GetQueue(Mail);
        (await found.PromoteDueAsync(Now)).ShouldBe(1);

        foreach (var task in new[] { tasks[1], tasks[2], tasks[0] })
            await EndAllAsync(found, await LeaseOnlyAsync(found, task));
    }

    [Fact]
    public async Task Lease_BodiesThatLieOnDisk_AreReadWhenTheTurnComes()
    {
        var options = _folder.Options with { BodyMemoryBytesMax = 0 };
        var tasks = Enumerable.Range(0, 300).Select(i => Keyed($"{i % 3}", body: $"body {i}")).ToArray();
        await using var store = await OpenStoreAsync(_folder, _clock, options: options);
        var queue = store.GetQueue(Mail);
        await queue.EnqueueAllAsync(tasks);

        var bodies = new List<string>();
        while (queue.PendingCount > 0)
        {
            var leased = await queue.LeaseSomeAsync(2);
            bodies.AddRange(leased.Select(task => task.BodyText()));
            await EndAllAsync(queue, leased);
        }

        bodies.Count.ShouldBe(300);
        for (var key = 0; key < 3; key++)
        {
            bodies.Where(body => int.Parse(body[5..]) % 3 == key)
                .ShouldBe(Enumerable.Range(0, 100).Select(i => $"body {(i * 3) + key}"));
        }
    }

    [Fact]
    public async Task Commit_ThatIsRefused_FreesTheKeyForTheNext()
    {
        await using var store = await OpenStoreAsync(_folder, _clock, _gate);
        var queue = store.GetQueue(Mail);
        _gate.Hold(JournalStage.BeforeCommit);
        _gate.Fail(JournalStage.BeforeCommit, 1);
        var reached = _gate.Next(JournalStage.BeforeCommit);
        var refused = queue.EnqueueAsync([Keyed("k"), Keyed("k"), Keyed("k")]).AsTask();
        await reached;
        var later = Keyed("k", durability: TaskDurability.WriteBehind);
        _ = queue.EnqueueAsync(later).AsTask();
        queue.PendingCount.ShouldBe(1);

        _gate.Release(JournalStage.BeforeCommit);
        await Should.ThrowAsync<TaskStoreException>(() => refused.Guarded("the commit did not end"));

        queue.PendingCount.ShouldBe(1);
        await EndAllAsync(queue, await LeaseOnlyAsync(queue, later));
        queue.PendingCount.ShouldBe(0);
    }

    [Fact]
    public async Task Commit_RefusedAfterTheHolderWasLeased_ThoseBehindItAreOutAndTheKeyStaysHeld()
    {
        await using var store = await OpenStoreAsync(_folder, _clock, _gate);
        var queue = store.GetQueue(Mail);
        _gate.Hold(JournalStage.BeforeCommit);
        _gate.Fail(JournalStage.BeforeCommit, 1);
        var reached = _gate.Next(JournalStage.BeforeCommit);
        QueuedTask[] tasks = [Keyed("k"), Keyed("k")];
        var refused = queue.EnqueueAsync(tasks).AsTask();
        await reached;
        var leased = await LeaseOnlyAsync(queue, tasks[0]);
        _gate.Release(JournalStage.BeforeCommit);
        await Should.ThrowAsync<TaskStoreException>(() => refused.Guarded("the commit did not end"));
        var later = Keyed("k", durability: TaskDurability.WriteBehind);
        await queue.EnqueueAsync(later);

        queue.PendingCount.ShouldBe(0);
        tasks[1].State.ShouldBe(TaskState.Dead);
        await EndAllAsync(queue, leased);
        await LeaseOnlyAsync(queue, later);
    }

    private static QueuedTask Keyed(
        string key, int priority = 1, long due = 0, string body = "{}",
        TaskDurability durability = TaskDurability.Committed) => NewTask(
            priority: priority, due: due, body: body, durability: durability,
            options: new TaskOptions { OrderingKey = key });

    private static async Task EndAllAsync(ITaskQueue queue, List<QueuedTask> leased)
    {
        foreach (var task in leased)
        {
            (await queue.CompleteAsync(task, task.LeaseToken, TaskEnd.Forgotten(TaskState.Succeeded)))
                .ShouldBeTrue();
        }
    }

    private static async Task<List<QueuedTask>> LeaseOnlyAsync(ITaskQueue queue, QueuedTask expected)
    {
        var leased = await queue.LeaseSomeAsync(10);
        leased.ShouldHaveSingleItem().Id.ShouldBe(expected.Id);
        return leased;
    }
}
