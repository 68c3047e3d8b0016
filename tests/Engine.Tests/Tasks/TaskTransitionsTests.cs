using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Tasks;

public sealed class TaskTransitionsTests
{
    // The diagram of docs/delivery.md, arrow by arrow.
    private static readonly HashSet<(TaskState From, TaskState To)> Arrows =
    [
        (TaskState.Scheduled, TaskState.Queued),
        (TaskState.Scheduled, TaskState.Cancelled),
        (TaskState.Scheduled, TaskState.Expired),
        (TaskState.Scheduled, TaskState.Dead),
        (TaskState.Queued, TaskState.Running),
        (TaskState.Queued, TaskState.Cancelled),
        (TaskState.Queued, TaskState.Expired),
        (TaskState.Queued, TaskState.Dead),
        (TaskState.Running, TaskState.Succeeded),
        (TaskState.Running, TaskState.Retrying),
        (TaskState.Running, TaskState.Queued),
        (TaskState.Running, TaskState.Dead),
        (TaskState.Running, TaskState.Cancelled),
        (TaskState.Running, TaskState.Expired),
        (TaskState.Retrying, TaskState.Queued),
        (TaskState.Retrying, TaskState.Cancelled),
        (TaskState.Retrying, TaskState.Expired),
        (TaskState.Retrying, TaskState.Dead),
        (TaskState.Dead, TaskState.Queued),
        (TaskState.Cancelled, TaskState.Queued),
    ];

    public static TheoryData<TaskState, TaskState> Pairs
    {
        get
        {
            var pairs = new TheoryData<TaskState, TaskState>();
            foreach (var from in Enum.GetValues<TaskState>())
            {
                foreach (var to in Enum.GetValues<TaskState>())
                    pairs.Add(from, to);
            }

            return pairs;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void MoveTo_EveryPair_MovesAlongArrowsAndThrowsElsewhere(TaskState from, TaskState to)
    {
        var task = TaskIn(from);

        if (Arrows.Contains((from, to)))
        {
            task.MoveTo(to);
            task.State.ShouldBe(to);
        }
        else
        {
            Should.Throw<InvalidOperationException>(() => task.MoveTo(to)).Message.ShouldContain($"from {from} to {to}");
            task.State.ShouldBe(from);
        }
    }

    [Theory]
    [InlineData(TaskState.Scheduled, false)]
    [InlineData(TaskState.Queued, false)]
    [InlineData(TaskState.Running, false)]
    [InlineData(TaskState.Retrying, false)]
    [InlineData(TaskState.Succeeded, true)]
    [InlineData(TaskState.Dead, true)]
    [InlineData(TaskState.Cancelled, true)]
    [InlineData(TaskState.Expired, true)]
    public void IsFinal_EveryState(TaskState state, bool isFinal) =>
        TaskTransitions.IsFinal(state).ShouldBe(isFinal);

    private static QueuedTask TaskIn(TaskState state) => new()
    {
        Id = new TaskId(Guid.CreateVersion7()),
        Queue = new QueueKey("g", 1),
        Function = "f",
        Priority = 1,
        CreatedAtMilliseconds = 1,
        Durability = TaskDurability.Committed,
        Body = [],
        BodyBytes = 0,
        State = state,
    };
}
