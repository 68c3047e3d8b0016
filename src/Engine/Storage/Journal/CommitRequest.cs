using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>Tasks of one enqueue whose submitter waits for their commit: all or none.</summary>
internal sealed class CommitRequest(LocalTaskQueue queue, QueuedTask[] tasks)
    : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>The tasks, all <see cref="TaskDurability.Committed"/>. Never changed.</summary>
    public QueuedTask[] Tasks { get; } = tasks;

    /// <summary>Says that nothing was stored. The queue rolls the tasks back on its owner's next call, which comes
    /// before the owner can lease them.</summary>
    public void Refuse(TaskStoreException reason)
    {
        queue.RollBackLater(this);
        TrySetException(reason);
    }
}
