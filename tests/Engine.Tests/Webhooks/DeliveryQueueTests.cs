using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Webhooks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Webhooks;

public sealed class DeliveryQueueTests
{
    private readonly DeliveryQueue _queue = new(sharesMax: 2);

    [Fact]
    public void TryTake_ManyDue_GivesThemByTimeAndThenByOrder()
    {
        var (late, early, same) = (Order(20), Order(10), Order(10));
        foreach (var order in new[] { late, early, same })
            _queue.Add(order);

        TakeAll(20).ShouldBe([early.Id, same.Id, late.Id]);
    }

    [Fact]
    public void TryTake_NotYetDue_GivesNothing()
    {
        _queue.Add(Order(10));

        _queue.TryTake(9, out _).ShouldBeFalse();
        _queue.NextDueMilliseconds.ShouldBe(10);
    }

    [Fact]
    public void Add_SameTaskAgainWhileItWaits_IsOneDelivery()
    {
        var order = Order(10);
        _queue.Add(order);
        _queue.Add(order);

        TakeAll(10).Count.ShouldBe(1);
    }

    [Fact]
    public void Add_SameTaskAgainWhileItIsTaken_FollowsItsEnd()
    {
        var order = Order(10);
        _queue.Add(order);
        _queue.TryTake(10, out var taken).ShouldBeTrue();

        _queue.Add(order with { Tries = 7 });
        _queue.TryTake(10, out _).ShouldBeFalse();
        _queue.Remove(taken!);

        _queue.TryTake(10, out var next).ShouldBeTrue();
        next!.Tries.ShouldBe(7);
        _queue.IsTaken(taken!).ShouldBeFalse();
        _queue.IsTaken(next).ShouldBeTrue();
    }

    [Fact]
    public void TryEnter_HostIsFull_WaitsInLineAndIsHandedTheShareInOrder()
    {
        var taken = Take(4);
        taken.Select(delivery => _queue.TryEnter(delivery, "a")).ShouldBe([true, true, false, false]);

        _queue.TryTake(99, out _).ShouldBeFalse();
        _queue.PutBack(taken[0], 100);
        _queue.TryTake(99, out var next).ShouldBeTrue();

        next.ShouldBeSameAs(taken[2]);
        _queue.TryEnter(next!, "A").ShouldBeTrue();
        _queue.TryTake(99, out _).ShouldBeFalse();
    }

    [Fact]
    public void TryEnter_OtherHost_IsNotHeldUp()
    {
        var taken = Take(3);
        _queue.TryEnter(taken[0], "a");
        _queue.TryEnter(taken[1], "a");

        _queue.TryEnter(taken[2], "b").ShouldBeTrue();
    }

    [Fact]
    public void Leave_HandedDeliveryThatIsGoneMeanwhile_PassesTheShareOn()
    {
        var taken = Take(4);
        foreach (var delivery in taken)
            _queue.TryEnter(delivery, "a");
        _queue.Remove(taken[0]);
        _queue.TryTake(99, out var handed);

        _queue.Remove(handed!);

        _queue.TryTake(99, out var next).ShouldBeTrue();
        next.ShouldBeSameAs(taken[3]);
    }

    [Fact]
    public void AllEnd_NothingIsKept()
    {
        var taken = Take(5);
        foreach (var delivery in taken)
            _queue.TryEnter(delivery, "a");
        _queue.Remove(taken[0]);
        _queue.Remove(taken[1]);
        while (_queue.TryTake(99, out var next))
        {
            _queue.TryEnter(next, "a").ShouldBeTrue();
            _queue.Remove(next);
        }

        _queue.All.ShouldBeEmpty();
        _queue.HostCount.ShouldBe(0);
    }

    private static Deliver Order(long due) => new(WebhookTasks.NewId(), 0, due);

    private List<TaskId> TakeAll(long now)
    {
        var ids = new List<TaskId>();
        while (_queue.TryTake(now, out var delivery))
            ids.Add(delivery.Id);
        return ids;
    }

    private List<Delivery> Take(int count)
    {
        var taken = new List<Delivery>();
        for (var number = 0; number < count; number++)
            _queue.Add(Order(number));
        while (_queue.TryTake(99, out var delivery))
            taken.Add(delivery);
        return taken;
    }
}
