using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Tasks;

public sealed class TaskRunTests
{
    [Fact]
    public async Task Complete_ASecondTime_DropsTheOutcomeAndGivesItsMemoryBack()
    {
        var task = new QueuedTask
        {
            Id = default,
            Queue = new QueueKey("g", 1),
            Function = "f",
            Priority = 1,
            CreatedAtMilliseconds = 0,
            Durability = TaskDurability.WriteBehind,
            BodyBytes = 0,
        };
        var run = new TaskRun(task, hasCaller: true, long.MaxValue);
        var outcome = run.Outcome;
        var reply = new WorkerReply(System.Buffers.ArrayPool<byte>.Shared.Rent(1), 1, null);

        run.Complete(new TaskOutcome { Kind = TaskOutcomeKind.Unavailable });
        run.Complete(new TaskOutcome { Kind = TaskOutcomeKind.Succeeded, Reply = reply });

        (await outcome).Kind.ShouldBe(TaskOutcomeKind.Unavailable);
        Should.Throw<ObjectDisposedException>(() => reply.Body);
    }
}
