using ActorBalancer.Engine.Storage;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage;

public sealed class TaskHeapTests
{
    [Fact]
    public void NoteEnded_MostTasks_LeavesNoMoreEntriesThanTwiceTheLiving()
    {
        var heap = new TaskHeap<long>();
        var tasks = Enumerable.Range(0, 20_000).Select(_ => NewTask()).ToArray();
        foreach (var (order, task) in tasks.Index())
            heap.Push(task, order);

        // From the back, so that none of them comes to the front by itself.
        foreach (var task in tasks.Skip(1000).Reverse())
        {
            TaskRecord.End(task);
            heap.NoteEnded();
        }

        heap.Count.ShouldBe(1000);
        heap.EntryCount.ShouldBeLessThanOrEqualTo(2100);
        for (var i = 0; i < 1000; i++)
        {
            heap.TryPeek(out var task, out var order).ShouldBeTrue();
            task.ShouldBeSameAs(tasks[i]);
            order.ShouldBe(i);
            heap.Pop();
        }

        heap.TryPeek(out _, out _).ShouldBeFalse();
    }

    [Fact]
    public void NoteEnded_FromTheFront_LeavesNoEntry()
    {
        var heap = new TaskHeap<long>();
        var tasks = Enumerable.Range(0, 100).Select(_ => NewTask()).ToArray();
        foreach (var (order, task) in tasks.Index())
            heap.Push(task, order);

        foreach (var task in tasks)
        {
            TaskRecord.End(task);
            heap.NoteEnded();
        }

        heap.Count.ShouldBe(0);
        heap.EntryCount.ShouldBe(0);
    }
}
