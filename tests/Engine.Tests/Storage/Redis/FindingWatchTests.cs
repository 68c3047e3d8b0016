using System.Collections.Concurrent;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage.Redis;

/// <summary>Changes of watched tasks are told to every node.</summary>
public sealed class FindingWatchTests(RedisFixture redis) : TwoStores(redis)
{
    private readonly ConcurrentQueue<TaskId> _heardByThird = [];
    private readonly ConcurrentQueue<TaskId> _heardByFourth = [];
    private ISharedTaskStore _third = null!;
    private ISharedTaskStore _fourth = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _third = await OpenAsync("third", new SharedNews { TaskChanged = _heardByThird.Enqueue });
        _fourth = await OpenAsync("fourth", new SharedNews { TaskChanged = _heardByFourth.Enqueue });
    }

    public override async ValueTask DisposeAsync()
    {
        await _third.DisposeAsync();
        await _fourth.DisposeAsync();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Watch_NoSuchTask_IsFalse() => (await _third.WatchAsync(NewTask().Id)).ShouldBeFalse();

    [Fact]
    public async Task Watch_LivingTask_TellsEachChangeToAllNodes()
    {
        var task = NewTask();
        var silent = NewTask();
        var queue = First.GetSharedQueue(Mail);
        await queue.EnqueueAllAsync(task, silent);
        (await _third.WatchAsync(task.Id)).ShouldBeTrue();

        var leased = await LeaseAsync(First, Mail);
        await HeardAsync(1, "the lease");
        await queue.ReportAsync(task.Id, leased.LeaseToken, new TaskEvent(1, TaskEventKind.Chunk, 2, null));
        await HeardAsync(2, "the event");
        await queue.RetryAsync(leased, leased.LeaseToken, 0, countAttempt: true);
        await HeardAsync(3, "the retry");
        leased = await LeaseAsync(Second, Mail);
        leased.Id.ShouldBe(task.Id);
        await HeardAsync(4, "the second lease");
        await Second.GetQueue(Mail).CompleteAsync(leased, leased.LeaseToken, Ended(TaskState.Succeeded, Now));
        await HeardAsync(5, "the end");

        _heardByThird.ShouldAllBe(id => id == task.Id);
        _heardByFourth.ShouldAllBe(id => id == task.Id);
    }

    [Fact]
    public async Task Watch_EndedTask_TellsOfItsDelivery()
    {
        var task = await EndAsync(NewTask(), Ended(TaskState.Succeeded, Now) with { HasDelivery = true });
        (await _third.WatchAsync(task.Id)).ShouldBeTrue();

        await First.Archive.SaveDeliveryAsync(
            task.Id, new WebhookDelivery(WebhookDeliveryState.Delivered, 1, 0, 200, null), Now + 5000);

        await HeardAsync(1, "the delivery");
    }

    private Task HeardAsync(int count, string what) => UntilAsync(
        () => Task.FromResult(_heardByThird.Count >= count && _heardByFourth.Count >= count),
        $"{what} was not told to both nodes");
}
