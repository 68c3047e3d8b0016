using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>Bodies to be read back into their tasks. Completes when the first are there; fails with
/// <see cref="TaskStoreException"/> when the disk does.</summary>
/// <param name="tasks">Held tasks whose bodies were dropped, in the order in which they are wanted.</param>
internal sealed class BodyRequest(IReadOnlyList<QueuedTask> tasks)
    : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>The tasks.</summary>
    public IReadOnlyList<QueuedTask> Tasks { get; } = tasks;
}
