using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage;

/// <summary>What every store must do, whatever is behind it.</summary>
public abstract partial class TaskStoreConformance : IAsyncLifetime
{
    private ITaskStore _store = null!;
    private ITaskQueue _queue = null!;

    protected ManualTimeProvider Clock { get; } = new();

    private long Now => Clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>True when other nodes may hold the same store.</summary>
    protected virtual bool IsShared => false;

    protected abstract ITaskStore CreateStore();

    public virtual async ValueTask InitializeAsync()
    {
        _store = CreateStore();
        var content = await _store.OpenAsync(TestContext.Current.CancellationToken);
        content.Tasks.ShouldBeEmpty();
        content.Functions.ShouldBeEmpty();
        content.Pauses.ShouldBeEmpty();
        content.Deliveries.ShouldBeEmpty();
        _queue = _store.GetQueue(Mail);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void GetQueue_SameKey_SameObject()
    {
        _store.GetQueue(new QueueKey("mail", 1)).ShouldBeSameAs(_queue);
        _store.GetQueue(new QueueKey("mail", 2)).ShouldNotBeSameAs(_queue);
        _queue.Key.ShouldBe(Mail);
    }

    [Fact]
    public async Task Open_SecondTime_Throws() =>
        await Should.ThrowAsync<InvalidOperationException>(
            async () => await _store.OpenAsync(TestContext.Current.CancellationToken));

    [Fact]
    public async Task Enqueue_OtherQueue_IsNotLeasedHere()
    {
        var print = _store.GetQueue(Print);
        await print.EnqueueAllAsync(NewTask(Print));

        (await _queue.LeaseSomeAsync(10)).ShouldBeEmpty();
        print.PendingCount.ShouldBe(1);
        _queue.PendingCount.ShouldBe(0);
    }

    [Fact]
    public async Task Lease_MixedPriorities_StrictThenFirstInFirstOut()
    {
        var random = new Random(4711);
        var tasks = Enumerable.Range(0, 10_000)
            .Select(_ => NewTask(
                priority: random.Next(4) == 0 ? TaskLimits.PriorityMax : random.Next(1, 40),
                durability: (TaskDurability)random.Next(2)))
            .ToArray();
        foreach (var batch in tasks.Chunk(700))
            await _queue.EnqueueAllAsync(batch);

        var leased = new List<QueuedTask>();
        while (_queue.PendingCount > 0)
            leased.AddRange(await _queue.LeaseSomeAsync(random.Next(1, 300)));

        leased.Select(task => task.Id).ShouldBe(tasks.OrderBy(task => task.Priority).Select(task => task.Id));
        leased.ShouldAllBe(task => task.Body != null);
    }

    [Fact]
    public async Task Lease_PendingTask_RunsItsFirstAttempt()
    {
        var task = NewTask(body: """{"to":"a"}""");
        await _queue.EnqueueAsync(task);
        task.State.ShouldBe(TaskState.Queued);

        var leased = await _queue.LeaseOneAsync();

        ShouldBeLeased(leased, task);
        leased.State.ShouldBe(TaskState.Running);
        leased.Attempt.ShouldBe(1);
        leased.LeaseToken.ShouldBeGreaterThan(0);
        leased.Sequence.ShouldBe(task.Sequence);
        leased.BodyText().ShouldBe("""{"to":"a"}""");
        _queue.PendingCount.ShouldBe(0);
    }

    [Fact]
    public async Task Lease_MaxOrEmptyQueue_TakesNoMore()
    {
        await _queue.EnqueueAllAsync(NewTask(), NewTask(), NewTask());

        (await _queue.LeaseSomeAsync(0)).ShouldBeEmpty();
        (await _queue.LeaseSomeAsync(2)).Count.ShouldBe(2);
        (await _queue.LeaseSomeAsync(2)).Count.ShouldBe(1);
        (await _queue.LeaseSomeAsync(2)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Lease_EmptyBody_StaysEmpty()
    {
        await _queue.EnqueueAllAsync(NewTask(body: ""));

        (await _queue.LeaseOneAsync()).Body.ShouldNotBeNull().ShouldBeEmpty();
    }

    [Fact]
    public async Task Enqueue_FaultyTaskInBatch_RefusesTheBatch()
    {
        var good = NewTask();
        var withoutBody = NewTask();
        withoutBody.Body = null;

        await Should.ThrowAsync<ArgumentException>(
            async () => await _queue.EnqueueAsync([good, NewTask(priority: TaskLimits.PriorityMax + 1)]));
        await Should.ThrowAsync<ArgumentException>(async () => await _queue.EnqueueAsync([good, withoutBody]));
        await Should.ThrowAsync<ArgumentException>(async () => await _queue.EnqueueAsync(NewTask(priority: 0)));

        _queue.PendingCount.ShouldBe(0);
        good.Sequence.ShouldBe(0);
    }

    [Fact]
    public async Task Enqueue_ListReusedByCaller_KeepsItsTasks()
    {
        var list = new List<QueuedTask> { NewTask(), NewTask() };
        var enqueued = _queue.EnqueueAsync(list);
        list.Clear();
        await enqueued.AsTask().Guarded("the enqueue did not end");

        (await _queue.LeaseSomeAsync(10)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Complete_ByTheLease_EndsTheTask()
    {
        await _queue.EnqueueAsync(NewTask());
        var task = await _queue.LeaseOneAsync();

        (await _queue.CompleteAsync(task, task.LeaseToken, TaskEnd.Forgotten(TaskState.Succeeded))).ShouldBeTrue();

        task.State.ShouldBe(TaskState.Succeeded);
        task.Body.ShouldBeNull();
        (await _queue.CompleteAsync(task, task.LeaseToken, TaskEnd.Forgotten(TaskState.Dead))).ShouldBeFalse();
        (await _queue.RetryAsync(task, task.LeaseToken, 0, countAttempt: true)).ShouldBeFalse();
        task.State.ShouldBe(TaskState.Succeeded);
    }

    [Fact]
    public async Task Complete_ByAStaleLease_ChangesNothing()
    {
        await _queue.EnqueueAsync(NewTask());
        var task = await _queue.LeaseOneAsync();
        var stale = task.LeaseToken;
        await _queue.RetryAsync(task, stale, 0, countAttempt: true);

        (await _queue.CompleteAsync(task, stale, TaskEnd.Forgotten(TaskState.Succeeded))).ShouldBeFalse();
        task = await _queue.LeaseOneAsync();
        (await _queue.CompleteAsync(task, stale, TaskEnd.Forgotten(TaskState.Succeeded))).ShouldBeFalse();
        (await _queue.RetryAsync(task, stale, 0, countAttempt: true)).ShouldBeFalse();

        task.LeaseToken.ShouldBeGreaterThan(stale);
        task.State.ShouldBe(TaskState.Running);
        (await _queue.CompleteAsync(task, task.LeaseToken, TaskEnd.Forgotten(TaskState.Succeeded))).ShouldBeTrue();
    }

    [Theory]
    [InlineData(TaskState.Queued)]
    [InlineData(TaskState.Running)]
    [InlineData(TaskState.Retrying)]
    public async Task End_StateThatIsNotFinal_Throws(TaskState state)
    {
        var task = NewTask();
        await _queue.EnqueueAsync(task);
        await Should.ThrowAsync<ArgumentException>(
            async () => await _queue.RemoveAsync(task, TaskEnd.Forgotten(state)));
        task = await _queue.LeaseOneAsync();
        await Should.ThrowAsync<ArgumentException>(
            async () => await _queue.CompleteAsync(task, task.LeaseToken, TaskEnd.Forgotten(state)));
        task.State.ShouldBe(TaskState.Running);
    }

    [Fact]
    public async Task Retry_AtOnce_TakesItsOldPlace()
    {
        QueuedTask[] tasks = [NewTask(priority: 2), NewTask(priority: 2), NewTask(priority: 3)];
        await _queue.EnqueueAllAsync(tasks);
        var first = await _queue.LeaseOneAsync();
        var later = NewTask(priority: 1);
        await _queue.EnqueueAllAsync(later);

        (await _queue.RetryAsync(first, first.LeaseToken, 0, countAttempt: true)).ShouldBeTrue();

        _queue.PendingCount.ShouldBe(4);
        var again = await _queue.LeaseSomeAsync(10);
        ShouldBeLeased(again, later, first, tasks[1], tasks[2]);
        again[1].Attempt.ShouldBe(2);
    }

    [Fact]
    public async Task Retry_NotCounted_GivesTheAttemptBack()
    {
        await _queue.EnqueueAllAsync(NewTask());
        var task = await _queue.LeaseOneAsync();

        await _queue.RetryAsync(task, task.LeaseToken, 0, countAttempt: false);

        task.Attempt.ShouldBe(0);
        task.State.ShouldBe(TaskState.Queued);
        (await _queue.LeaseOneAsync()).Attempt.ShouldBe(1);
    }

    [Fact]
    public async Task Retry_WithDueTime_WaitsUntilPromoted()
    {
        await _queue.EnqueueAllAsync(NewTask(), NewTask());
        var leased = await _queue.LeaseSomeAsync(2);
        var due = Now + 500;
        await _queue.RetryAsync(leased[1], leased[1].LeaseToken, due + 1, countAttempt: true);
        await _queue.RetryAsync(leased[0], leased[0].LeaseToken, due, countAttempt: true);

        leased[0].State.ShouldBe(TaskState.Retrying);
        leased[0].DueAtMilliseconds.ShouldBe(due);
        _queue.DelayedCount.ShouldBe(2);
        _queue.PendingCount.ShouldBe(0);
        _queue.NextDueMilliseconds.ShouldBe(due);
        (await _queue.LeaseSomeAsync(1)).ShouldBeEmpty();
        (await _queue.PromoteDueAsync(due - 1)).ShouldBe(0);
        (await _queue.PromoteDueAsync(due)).ShouldBe(1);

        ShouldBeLeased(await _queue.LeaseSomeAsync(2), leased[0]);
        _queue.NextDueMilliseconds.ShouldBe(due + 1);
        (await _queue.PromoteDueAsync(due + 1)).ShouldBe(1);
        _queue.NextDueMilliseconds.ShouldBeNull();
        ShouldBeLeased(await _queue.LeaseSomeAsync(2), leased[1]);
    }

    [Fact]
    public async Task Retry_DueInThePast_WaitsForItsPromotion()
    {
        await _queue.EnqueueAllAsync(NewTask());
        var task = await _queue.LeaseOneAsync();

        await _queue.RetryAsync(task, task.LeaseToken, Now, countAttempt: true);

        task.State.ShouldBe(TaskState.Retrying);
        task.DueAtMilliseconds.ShouldBe(Now);
        _queue.PendingCount.ShouldBe(0);
        (await _queue.PromoteDueAsync(Now)).ShouldBe(1);
        var leased = await _queue.LeaseOneAsync();
        ShouldBeLeased(leased, task);
        leased.DueAtMilliseconds.ShouldBe(0);
    }

    [Fact]
    public async Task Remove_PendingTask_IsNotLeased()
    {
        QueuedTask[] tasks = [NewTask(), NewTask(), NewTask()];
        await _queue.EnqueueAllAsync(tasks);

        (await _queue.RemoveAsync(tasks[1], TaskEnd.Forgotten(TaskState.Expired))).ShouldBeTrue();
        (await _queue.RemoveAsync(tasks[1], TaskEnd.Forgotten(TaskState.Expired))).ShouldBeFalse();

        tasks[1].State.ShouldBe(TaskState.Expired);
        tasks[1].Body.ShouldBeNull();
        _queue.PendingCount.ShouldBe(2);
        ShouldBeLeased(await _queue.LeaseSomeAsync(3), tasks[0], tasks[2]);
    }

    [Fact]
    public async Task Remove_DelayedTask_IsNotPromoted()
    {
        await _queue.EnqueueAllAsync(NewTask());
        var task = await _queue.LeaseOneAsync();
        await _queue.RetryAsync(task, task.LeaseToken, Now + 10, countAttempt: true);

        (await _queue.RemoveAsync(task, TaskEnd.Forgotten(TaskState.Expired))).ShouldBeTrue();

        _queue.DelayedCount.ShouldBe(0);
        _queue.NextDueMilliseconds.ShouldBeNull();
        (await _queue.PromoteDueAsync(Now + 10)).ShouldBe(0);
        _queue.PendingCount.ShouldBe(0);
    }

    [Fact]
    public async Task Remove_LeasedTask_IsRefused()
    {
        await _queue.EnqueueAllAsync(NewTask());
        var task = await _queue.LeaseOneAsync();

        (await _queue.RemoveAsync(task, TaskEnd.Forgotten(TaskState.Expired))).ShouldBeFalse();

        task.State.ShouldBe(TaskState.Running);
        task.Body.ShouldNotBeNull();
    }

    /// <summary>These and no others. A store of one process gives the very object that it was given, one that nodes share
    /// an object of the lease's own.</summary>
    private void ShouldBeLeased(IEnumerable<QueuedTask> leased, params QueuedTask[] expected)
    {
        leased.Select(task => task.Id).ShouldBe(expected.Select(task => task.Id));
        if (!IsShared)
            leased.ShouldBe(expected);
    }

    private void ShouldBeLeased(QueuedTask leased, QueuedTask expected) => ShouldBeLeased([leased], expected);

    [Fact]
    public async Task Sequence_OverQueues_Grows()
    {
        var first = NewTask();
        var second = NewTask(Print);
        var third = NewTask(durability: TaskDurability.WriteBehind);
        await _queue.EnqueueAsync(first);
        await _store.GetQueue(Print).EnqueueAsync(second);
        await _queue.EnqueueAsync(third);

        first.Sequence.ShouldBeGreaterThan(0);
        second.Sequence.ShouldBeGreaterThan(first.Sequence);
        third.Sequence.ShouldBeGreaterThan(second.Sequence);
        _store.IsHealthy.ShouldBeTrue();
    }
}
