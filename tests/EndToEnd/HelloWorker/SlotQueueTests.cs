using ActorBalancer.HelloWorker;
using ActorBalancer.Protocol;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.HelloWorker;

public sealed class SlotQueueTests
{
    [Fact]
    public async Task Enter_FreeSlot_IsGivenAtOnce()
    {
        var changes = 0;
        var queue = new SlotQueue(2, () => changes++);

        var slot = await queue.EnterAsync(1, CancellationToken.None);

        slot.ShouldNotBeNull();
        queue.Slots.ShouldBe(new WorkerSlots(1, 1, 2, 0));
        changes.ShouldBe(1);
    }

    [Fact]
    public async Task Enter_NoFreeSlot_WaitsByPriorityThenArrival()
    {
        var queue = new SlotQueue(1, () => { });
        var held = await queue.EnterAsync(1, CancellationToken.None);
        var waiting = new[] { 5, 2, 5, 1, 2 }.Select(priority => queue.EnterAsync(priority, default)).ToList();

        var order = new List<int>();
        while (order.Count < waiting.Count)
        {
            held!.Dispose();
            var next = await Task.WhenAny(waiting.Where((_, index) => !order.Contains(index)));
            order.Add(waiting.IndexOf(next));
            held = await next;
            queue.Slots.Used.ShouldBe(1);
        }

        order.ShouldBe([3, 1, 4, 0, 2]);
    }

    [Fact]
    public async Task Enter_GivenUp_LeavesTheQueue()
    {
        var queue = new SlotQueue(1, () => { });
        var held = await queue.EnterAsync(1, CancellationToken.None);
        using var giveUp = new CancellationTokenSource();
        var waiting = queue.EnterAsync(1, giveUp.Token);
        queue.Slots.Queue.ShouldBe(1);

        await giveUp.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(waiting);
        queue.Slots.ShouldBe(new WorkerSlots(1, 0, 1, 0));
        held!.Dispose();
        queue.Slots.ShouldBe(new WorkerSlots(0, 1, 1, 0));
    }

    [Fact]
    public async Task Dispose_Twice_FreesOnce()
    {
        var queue = new SlotQueue(2, () => { });
        var first = await queue.EnterAsync(1, CancellationToken.None);
        await queue.EnterAsync(1, CancellationToken.None);

        first!.Dispose();
        first.Dispose();

        queue.Slots.Used.ShouldBe(1);
    }

    [Fact]
    public async Task Enter_TooManyWait_IsRefused()
    {
        var queue = new SlotQueue(1, () => { });
        await queue.EnterAsync(1, CancellationToken.None);
        for (var i = 0; i < 10_000; i++)
            _ = queue.EnterAsync(1, CancellationToken.None);

        (await queue.EnterAsync(1, CancellationToken.None)).ShouldBeNull();
    }
}
