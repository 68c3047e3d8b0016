using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>Bodies to be read back. Completes when they are; fails with <see cref="TaskStoreException"/> when the
/// disk does.</summary>
/// <param name="tasks">The tasks, in the order in which they are wanted.</param>
/// <param name="neededCount">How many must be read; the rest is read as far as its size is small.</param>
internal sealed class BodyRequest(IReadOnlyList<QueuedTask> tasks, int neededCount)
    : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>The tasks.</summary>
    public IReadOnlyList<QueuedTask> Tasks { get; } = tasks;

    /// <summary>How many must be read.</summary>
    public int NeededCount { get; } = neededCount;

    /// <summary>One for each task that was read; null where the record on disk is damaged. Set before the end.</summary>
    public List<byte[]?> Bodies { get; } = [];
}
