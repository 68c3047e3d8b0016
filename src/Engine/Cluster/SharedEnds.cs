using ActorBalancer.Engine.Queues;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Cluster;

/// <summary>The ends of tasks that an engine ends in a shared store.</summary>
internal static class SharedEnds
{
    /// <summary>The end of a task: whoever looks at it may do so from any node, and what its worker told lies in the
    /// store.</summary>
    /// <param name="engine">Settings.</param>
    /// <param name="task">The task.</param>
    /// <param name="state">Its final state.</param>
    /// <param name="outcome">What its caller is told.</param>
    /// <param name="now">Now, in Unix milliseconds.</param>
    /// <param name="replies">True when the caller waits where only the store can tell it.</param>
    public static TaskEnd Of(
        EngineOptions engine, QueuedTask task, TaskState state, TaskOutcome outcome, long now, bool replies)
    {
        outcome.TaskId = task.Id;
        var end = Ends.Of(engine, task.Options, state, outcome, now, []);
        return replies ? end with { Reply = OutcomeWire.Encode(outcome) } : end;
    }

    /// <summary>The end of a task that did not start within its time to live.</summary>
    public static TaskEnd OfExpired(EngineOptions engine, QueuedTask task, long now)
    {
        using var outcome = Outcomes.Expired(task.Options);
        return Of(engine, task, TaskState.Expired, outcome, now, replies: task.Caller is not null);
    }
}
