using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage;

public sealed class TaskOrderTests
{
    [Fact]
    public void Of_ExtremesOfPriorityAndSequence_KeepTheirOrder()
    {
        ulong[] orders =
        [
            Order(1, 1), Order(1, 2), Order(1, TaskOrder.SequenceMax), Order(2, 1), Order(2, TaskOrder.SequenceMax),
            Order(TaskLimits.PriorityMax, 1), Order(TaskLimits.PriorityMax, TaskOrder.SequenceMax),
        ];

        orders.ShouldBeInOrder();
        orders.ShouldBeUnique();
        orders[^1].ShouldBe(ulong.MaxValue);
    }

    private static ulong Order(int priority, long sequence)
    {
        var task = NewTask(priority: priority);
        task.Sequence = sequence;
        return TaskOrder.Of(task);
    }
}
