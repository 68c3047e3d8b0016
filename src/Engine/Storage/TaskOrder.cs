using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage;

/// <summary>A task's place in its queue as one number, smallest first: priority, then sequence.</summary>
internal static class TaskOrder
{
    /// <summary>Bits of the sequence: at a million tasks a second they last 278 years. The other 21 bits hold every
    /// priority from 1 to <see cref="TaskLimits.PriorityMax"/>.</summary>
    public const int SequenceBits = 43;

    /// <summary>The highest sequence that has a place.</summary>
    public const long SequenceMax = (1L << SequenceBits) - 1;

    /// <summary>Packs priority and sequence.</summary>
    public static ulong Of(QueuedTask task) =>
        ((ulong)(task.Priority - 1) << SequenceBits) | (ulong)task.Sequence;

    /// <summary>Refuses a task that cannot be queued.</summary>
    /// <exception cref="ArgumentException">It has no body, or its priority is out of range, or it is in a state
    /// in which no task is enqueued.</exception>
    public static void Check(QueuedTask task)
    {
        if (task.Body is null)
            throw new ArgumentException($"Task {task.Id} has no body; give an empty one.", nameof(task));
        if ((uint)(task.Priority - 1) >= TaskLimits.PriorityMax)
        {
            throw new ArgumentOutOfRangeException(
                nameof(task), task.Priority, $"Task {task.Id}: priority must be 1 to {TaskLimits.PriorityMax}.");
        }

        var isFirst = !task.WasArchived && task.State == TaskState.Scheduled;
        var comesBack = task.WasArchived && task.Durability == TaskDurability.Committed
            && TaskTransitions.IsFinal(task.State) && TaskTransitions.Allows(task.State, TaskState.Queued);
        if (!isFirst && !comesBack)
        {
            throw new ArgumentException(
                $"Task {task.Id} is {task.State} ({task.Durability}): a new task has no state yet, and one that comes "
                + "back from the archive is dead or cancelled and committed.", nameof(task));
        }
    }
}
