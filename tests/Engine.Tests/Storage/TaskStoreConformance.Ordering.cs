using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage;

// Tasks with an ordering key: one at a time, in order of arrival.
public abstract partial class TaskStoreConformance
{
    [Fact]
    public async Task Ordering_OneKey_OneAtATimeInOrderOfArrival()
    {
        QueuedTask[] tasks = [KeyedTask("k"), KeyedTask("k"), KeyedTask("k"), KeyedTask("k")];
        await _queue.EnqueueAsync(tasks[0]);
        await _queue.EnqueueAllAsync(tasks[1], tasks[2]);
        await _queue.EnqueueAsync(tasks[3]);

        tasks.ShouldAllBe(task => task.State == TaskState.Queued);
        foreach (var task in tasks)
        {
            _queue.PendingCount.ShouldBe(1);
            var leased = await LeaseOnlyAsync(task);
            _queue.PendingCount.ShouldBe(0);
            (await EndAsync(leased)).ShouldBeTrue();
        }

        _queue.PendingCount.ShouldBe(0);
        (await _queue.LeaseSomeAsync(1)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Ordering_OtherKeysAndTasksWithoutOne_AreNotHeldUp()
    {
        QueuedTask[] tasks =
        [
            KeyedTask("a"), KeyedTask("a"), NewTask(), KeyedTask("b"), KeyedTask("A"), KeyedTask("b"), NewTask(),
        ];
        await _queue.EnqueueAllAsync(tasks);

        _queue.PendingCount.ShouldBe(5);
        var leased = await _queue.LeaseSomeAsync(10);

        Ids(leased).ShouldBe(Ids([tasks[0], tasks[2], tasks[3], tasks[4], tasks[6]]));
        (await EndAsync(leased[2])).ShouldBeTrue();
        await LeaseOnlyAsync(tasks[5]);
    }

    [Fact]
    public async Task Ordering_SameKeyInAnotherQueue_IsAnotherKey()
    {
        var print = _store.GetQueue(Print);
        await _queue.EnqueueAllAsync(KeyedTask("k"));
        await print.EnqueueAllAsync(
            NewTask(Print, options: new TaskOptions { OrderingKey = "k" }),
            NewTask(Print, options: new TaskOptions { OrderingKey = "k" }));

        (await _queue.LeaseSomeAsync(10)).Count.ShouldBe(1);
        (await print.LeaseSomeAsync(10)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Ordering_KeysOfAnyCharacters_AreToldApart()
    {
        string[] keys =
        [
            "k", "K", " k", "k ", "{k}", "k}", "k:1", "k\n", "k\0", "é", "e\u0301", "😀", new('x', 256), new('€', 256),
        ];
        var tasks = keys.Concat(keys).Select(key => KeyedTask(key)).ToArray();
        await _queue.EnqueueAllAsync(tasks);

        var leased = await _queue.LeaseSomeAsync(100);

        Ids(leased).ShouldBe(Ids(tasks[..keys.Length]));
        foreach (var task in leased)
            await EndAsync(task);
        leased = await _queue.LeaseSomeAsync(100);
        Ids(leased).ShouldBe(Ids(tasks[keys.Length..]));
        leased.Select(task => task.Options.OrderingKey).ShouldBe(keys);
    }

    [Fact]
    public async Task Ordering_MixedPriorities_ArrivalDecidesInsideAKey()
    {
        var low = KeyedTask("a", priority: 9);
        var high = KeyedTask("a", priority: 1);
        var middle = KeyedTask("b", priority: 5);
        await _queue.EnqueueAllAsync(low, high, middle);

        var first = await LeaseOneOfAsync(middle);
        var second = await LeaseOnlyAsync(low);
        await EndAsync(second);
        await EndAsync(first);

        await LeaseOnlyAsync(high);
    }

    [Theory]
    [InlineData(TaskState.Succeeded)]
    [InlineData(TaskState.Dead)]
    [InlineData(TaskState.Cancelled)]
    [InlineData(TaskState.Expired)]
    public async Task Ordering_AnyEndOfTheRunningTask_FreesItsKey(TaskState state)
    {
        QueuedTask[] tasks = [KeyedTask("k"), KeyedTask("k")];
        await _queue.EnqueueAllAsync(tasks);
        var leased = await LeaseOnlyAsync(tasks[0]);

        (await _queue.CompleteAsync(leased, leased.LeaseToken - 1, TaskEnd.Forgotten(state))).ShouldBeFalse();
        _queue.PendingCount.ShouldBe(0);
        (await _queue.CompleteAsync(leased, leased.LeaseToken, TaskEnd.Forgotten(state))).ShouldBeTrue();

        await LeaseOnlyAsync(tasks[1]);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(0, false)]
    [InlineData(50, true)]
    [InlineData(50, false)]
    public async Task Ordering_TaskThatIsGivenBack_KeepsItsKey(int wait, bool countAttempt)
    {
        QueuedTask[] tasks = [KeyedTask("k"), KeyedTask("k")];
        await _queue.EnqueueAllAsync(tasks);
        for (var round = 0; round < 2; round++)
        {
            var leased = await LeaseOnlyAsync(tasks[0]);
            var due = wait > 0 ? Now + wait : 0;
            (await _queue.RetryAsync(leased, leased.LeaseToken, due, countAttempt)).ShouldBeTrue();
            if (wait == 0)
                continue;
            _queue.PendingCount.ShouldBe(0);
            (await _queue.LeaseSomeAsync(10)).ShouldBeEmpty();
            Clock.Advance(TimeSpan.FromMilliseconds(wait));
            (await _queue.PromoteDueAsync(Now)).ShouldBe(1);
        }

        await EndAsync(await LeaseOnlyAsync(tasks[0]));
        await LeaseOnlyAsync(tasks[1]);
    }

    [Fact]
    public async Task Ordering_HolderRemovedWhilePending_TheNextIsPending()
    {
        QueuedTask[] tasks = [KeyedTask("k"), KeyedTask("k"), KeyedTask("k")];
        await _queue.EnqueueAllAsync(tasks);

        (await _queue.RemoveAsync(tasks[0], TaskEnd.Forgotten(TaskState.Cancelled))).ShouldBeTrue();

        _queue.PendingCount.ShouldBe(1);
        await LeaseOnlyAsync(tasks[1]);
    }

    [Fact]
    public async Task Ordering_HolderRemovedWhileItWaitsToTryAgain_TheNextIsPending()
    {
        QueuedTask[] tasks = [KeyedTask("k"), KeyedTask("k")];
        await _queue.EnqueueAllAsync(tasks);
        var leased = await LeaseOnlyAsync(tasks[0]);
        await _queue.RetryAsync(leased, leased.LeaseToken, Now + 1000, countAttempt: true);

        (await _queue.RemoveAsync(leased, TaskEnd.Forgotten(TaskState.Expired))).ShouldBeTrue();

        _queue.DelayedCount.ShouldBe(0);
        _queue.PendingCount.ShouldBe(1);
        await LeaseOnlyAsync(tasks[1]);
    }

    [Fact]
    public async Task Ordering_TaskRemovedInLine_IsPassedBy()
    {
        QueuedTask[] tasks = [KeyedTask("k"), KeyedTask("k"), KeyedTask("k"), KeyedTask("k")];
        await _queue.EnqueueAllAsync(tasks);
        var leased = await LeaseOnlyAsync(tasks[0]);

        (await _queue.RemoveAsync(tasks[1], TaskEnd.Forgotten(TaskState.Cancelled))).ShouldBeTrue();
        (await _queue.RemoveAsync(tasks[1], TaskEnd.Forgotten(TaskState.Cancelled))).ShouldBeFalse();
        (await _queue.RemoveAsync(tasks[3], TaskEnd.Forgotten(TaskState.Expired))).ShouldBeTrue();

        _queue.PendingCount.ShouldBe(0);
        await EndAsync(leased);
        await EndAsync(await LeaseOnlyAsync(tasks[2]));
        _queue.PendingCount.ShouldBe(0);
    }

    [Fact]
    public async Task Ordering_ScheduledTask_ArrivesWhenItIsDue()
    {
        var scheduled = KeyedTask("k", due: Now + 100);
        QueuedTask[] tasks = [KeyedTask("k"), KeyedTask("k"), KeyedTask("k")];
        await _queue.EnqueueAllAsync(scheduled, tasks[0], tasks[1]);
        var leased = await LeaseOnlyAsync(tasks[0]);
        Clock.Advance(TimeSpan.FromMilliseconds(100));

        (await _queue.PromoteDueAsync(Now)).ShouldBe(1);
        await _queue.EnqueueAllAsync(tasks[2]);

        _queue.PendingCount.ShouldBe(0);
        _queue.DelayedCount.ShouldBe(0);
        await EndAsync(leased);
        await EndAsync(await LeaseOnlyAsync(tasks[1]));
        await EndAsync(await LeaseOnlyAsync(scheduled));
        await LeaseOnlyAsync(tasks[2]);
    }

    [Fact]
    public async Task Ordering_ManyScheduledForOneMoment_ArriveInTheirOrder()
    {
        var tasks = Enumerable.Range(0, 20).Select(_ => KeyedTask("k", due: Now + 100)).ToArray();
        await _queue.EnqueueAllAsync(tasks);
        Clock.Advance(TimeSpan.FromMilliseconds(100));

        (await _queue.PromoteDueAsync(Now)).ShouldBe(20);

        foreach (var task in tasks)
            await EndAsync(await LeaseOnlyAsync(task));
    }

    [Fact]
    public async Task Ordering_ScheduledTaskRemoved_FreesNothing()
    {
        var scheduled = KeyedTask("k", due: Now + 100);
        QueuedTask[] tasks = [KeyedTask("k"), KeyedTask("k")];
        await _queue.EnqueueAllAsync([scheduled, .. tasks]);
        await LeaseOnlyAsync(tasks[0]);

        (await _queue.RemoveAsync(scheduled, TaskEnd.Forgotten(TaskState.Cancelled))).ShouldBeTrue();

        _queue.PendingCount.ShouldBe(0);
        (await _queue.LeaseSomeAsync(1)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Ordering_KeyThatWasFreed_IsFreeForTheNextToCome()
    {
        for (var round = 0; round < 3; round++)
        {
            var task = KeyedTask("k");
            await _queue.EnqueueAllAsync(task);
            await EndAsync(await LeaseOnlyAsync(task));
        }

        await _queue.EnqueueAllAsync(KeyedTask("k"), KeyedTask("k"));
        (await _queue.LeaseSomeAsync(10)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Ordering_ThousandTasksOfSevenKeys_EachInItsOrder()
    {
        var random = new Random(4711);
        var tasks = Enumerable.Range(0, 1000)
            .Select(_ => KeyedTask($"key {random.Next(7)}", priority: random.Next(1, 4), durability: random.Next(2)))
            .ToArray();
        foreach (var batch in tasks.Chunk(90))
            await _queue.EnqueueAllAsync(batch);

        var done = new List<QueuedTask>();
        while (_queue.PendingCount > 0)
        {
            var leased = await _queue.LeaseSomeAsync(random.Next(1, 10));
            leased.Select(task => task.Options.OrderingKey).ShouldBeUnique();
            foreach (var task in leased)
            {
                if (random.Next(5) == 0)
                {
                    await _queue.RetryAsync(task, task.LeaseToken, 0, countAttempt: true);
                    continue;
                }

                await EndAsync(task);
                done.Add(task);
            }
        }

        done.Count.ShouldBe(tasks.Length);
        foreach (var line in done.GroupBy(task => task.Options.OrderingKey))
            Ids(line).ShouldBe(Ids(tasks.Where(task => task.Options.OrderingKey == line.Key)));
    }

    [Fact]
    public async Task Ordering_EndedTasks_ShowTheirKeysAlsoInLists()
    {
        // A key that looks like a member of the record, and a member that is only spoken of.
        const string Key = "k\"orderingKey\":\"x é";
        QueuedTask[] tasks =
        [
            KeyedTask(Key),
            NewTask(),
            NewTask(options: new TaskOptions { Tags = ["\"orderingKey\":1", "orderingKey"] }),
        ];
        await _queue.EnqueueAllAsync(tasks);
        foreach (var task in await _queue.LeaseSomeAsync(3))
            (await _queue.CompleteAsync(task, task.LeaseToken, Kept(TaskState.Succeeded))).ShouldBeTrue();

        var listed = await Archive.ListAsync(new TaskFilter(), null, 10);

        foreach (var (task, key) in tasks.Zip(new[] { Key, null, null }))
        {
            (await FoundAsync(task)).Snapshot.OrderingKey.ShouldBe(key);
            listed.Single(shown => shown.Id == task.Id).OrderingKey.ShouldBe(key);
        }
    }

    private static QueuedTask KeyedTask(string key, int priority = 1, long due = 0, int durability = 1) => NewTask(
        priority: priority, due: due, durability: (TaskDurability)durability,
        options: new TaskOptions { OrderingKey = key });

    private static IEnumerable<TaskId> Ids(IEnumerable<QueuedTask> tasks) => tasks.Select(task => task.Id);

    private ValueTask<bool> EndAsync(QueuedTask leased) =>
        _queue.CompleteAsync(leased, leased.LeaseToken, TaskEnd.Forgotten(TaskState.Succeeded));

    private async Task<QueuedTask> LeaseOneOfAsync(QueuedTask expected)
    {
        var leased = await _queue.LeaseOneAsync();
        leased.Id.ShouldBe(expected.Id);
        return leased;
    }

    /// <summary>Leases all that there is, which is this task.</summary>
    private async Task<QueuedTask> LeaseOnlyAsync(QueuedTask expected)
    {
        var leased = (await _queue.LeaseSomeAsync(10)).ShouldHaveSingleItem();
        leased.Id.ShouldBe(expected.Id);
        return leased;
    }
}
