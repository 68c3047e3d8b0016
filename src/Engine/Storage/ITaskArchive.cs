using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage;

/// <summary>
/// The ended tasks of a store, kept until their retention is over. Thread-safe. What a completed call of a queue or of
/// the archive has written is seen by every later call.
/// </summary>
public interface ITaskArchive
{
    /// <summary>Finds an ended task.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="withBody">True also reads <see cref="ArchivedTask.Body"/>.</param>
    /// <exception cref="TaskStoreException">The disk cannot be read.</exception>
    ValueTask<ArchiveLookup> FindAsync(TaskId id, bool withBody);

    /// <summary>Finds the ended task that was made under an idempotency key; null when there is none.</summary>
    ValueTask<ArchivedTask?> FindByKeyAsync(UInt128 idempotencyKey);

    /// <summary>Ended tasks, newest id first, without results and bodies.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="before">Only ids below this one; null from the newest.</param>
    /// <param name="limit">At most so many, 1 or more.</param>
    ValueTask<IReadOnlyList<TaskSnapshot>> ListAsync(TaskFilter filter, TaskId? before, int limit);

    /// <summary>Ended tasks by queue and state.</summary>
    ValueTask<IReadOnlyDictionary<(QueueKey Queue, TaskState State), long>> CountAsync();

    /// <summary>Forgets ended tasks but for the memory that they were there.</summary>
    /// <returns>How many there were; completes after the commit.</returns>
    ValueTask<int> DeleteAsync(IReadOnlyList<TaskId> ids);

    /// <summary>Writes how a delivery stands, and until when the task is kept now (Unix milliseconds; ignored while the
    /// delivery is pending: then it is kept until that is done).</summary>
    /// <returns>Completes after the commit; does nothing when the task is gone.</returns>
    ValueTask SaveDeliveryAsync(TaskId id, WebhookDelivery delivery, long keptUntilMilliseconds);

    /// <summary>Deletes what was kept until <paramref name="nowMilliseconds"/> or earlier, and memories of deleted
    /// tasks that are old; called about once a second.</summary>
    /// <returns>How many; completes after the commit.</returns>
    ValueTask<int> SweepAsync(long nowMilliseconds);
}

/// <summary>An ended task with all that is kept of it.</summary>
public sealed record ArchivedTask
{
    /// <summary>What is shown of it, the result included.</summary>
    public required TaskSnapshot Snapshot { get; init; }

    /// <summary>What its sender asked for.</summary>
    public required TaskOptions Options { get; init; }

    /// <summary>The body; null when it was not asked for or is damaged.</summary>
    public byte[]? Body { get; init; }

    /// <summary>Worker key in the clear; null for none.</summary>
    public string? WorkerKey { get; init; }

    /// <summary>Value of <c>traceparent</c>; null for none.</summary>
    public string? TraceParent { get; init; }

    /// <summary>Attempts used.</summary>
    public int Attempt { get; init; }

    /// <summary>Chunks and progress, oldest first.</summary>
    public IReadOnlyList<TaskEvent> Events { get; init; } = [];
}

/// <summary>What the archive knows of an id.</summary>
/// <param name="Task">The task; null when it is not there.</param>
/// <param name="IsGone">True when it was there once.</param>
public readonly record struct ArchiveLookup(ArchivedTask? Task, bool IsGone);
