using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage.Shared;

/// <summary>
/// One queue of a shared store. Thread-safe but for <see cref="ITaskQueue.LeaseAsync"/>, of which one runs at a time.
/// Calls of many threads are put together on their way. It differs from a local queue so: a call has its effect when
/// it completes; a task that is leased is an object of its own, whoever enqueued it; what has been given back or ended
/// is no longer this node's; counts are those of the newest answer.
/// </summary>
/// <remarks>
/// <see cref="ITaskQueue.EnqueueAsync(QueuedTask)"/> does nothing for a task that is there already, and throws
/// <see cref="TaskQueueFullException"/> for what does not fit. <see cref="ITaskQueue.CompleteAsync"/> stores
/// <see cref="TaskEnd.Reply"/> for the task's caller, if that is another node, and tells it.
/// <see cref="ITaskQueue.CompleteAsync"/> and <see cref="ITaskQueue.RetryAsync"/> are made again by the store itself
/// until it can be reached: they complete with the truth, however long that takes, and fail only at the store's end.
/// </remarks>
internal interface ISharedTaskQueue : ITaskQueue
{
    /// <summary>Tasks in state queued: those that can be leased, and those that wait for their ordering key.</summary>
    int QueuedCount { get; }

    /// <summary>Those of <see cref="ITaskQueue.DelayedCount"/> that wait for another attempt.</summary>
    int RetryingCount { get; }

    /// <summary>Tasks that any node runs.</summary>
    int RunningCount { get; }

    /// <summary>End of the pause in Unix milliseconds, <see cref="long.MaxValue"/> for an order to resume; null for no
    /// pause. A paused queue leases nothing.</summary>
    long? PausedUntilMilliseconds { get; }

    /// <summary>Creation time of the oldest task that has not ended, in Unix milliseconds, as of the last
    /// <see cref="TendAsync"/>; null when there is none.</summary>
    long? OldestCreatedAtMilliseconds { get; }

    /// <summary>Ends a task in whatever living state it was seen in, from any node: removed when it waits; when it runs
    /// its lease is revoked and its runner told. Its caller's node is told too, unless that is this one.</summary>
    /// <param name="seen">The task as it was found.</param>
    /// <param name="history">All its attempts at the end.</param>
    /// <param name="end">How it ends.</param>
    /// <returns>False when it is not in that state, under that token, any more: look again.</returns>
    ValueTask<bool> EndAsync(SharedTask seen, IReadOnlyList<AttemptRecord> history, TaskEnd end);

    /// <summary>Writes behind which worker runs an attempt, for those who look. Ignored under a stale token.</summary>
    void NoteStarted(QueuedTask task, AttemptRecord attempt);

    /// <summary>Adds what a worker told to the task's events; the oldest go when there are more than
    /// <see cref="TaskWatch.EventsMax"/> or <see cref="TaskWatch.EventBytesMax"/>.</summary>
    /// <returns>False when the token is not that of the running attempt.</returns>
    ValueTask<bool> ReportAsync(TaskId id, long token, TaskEvent told);

    /// <summary>Renews this node's leases in the queue, takes up the tasks of nodes whose leases have run out, makes
    /// due tasks pending, ends as expired what has outlived its time to live without a first attempt, and refreshes the
    /// counts. Any node may call it at any time; only an engine's call renews.</summary>
    /// <param name="leaseUntilMilliseconds">Until when this node's leases hold, by the store's clock; 0 for a node that
    /// leases nothing.</param>
    /// <returns>Tasks that came back from nodes that are gone.</returns>
    ValueTask<int> TendAsync(long leaseUntilMilliseconds);

    /// <summary>This node leases nothing any more: what it still runs goes back to its place, the attempt not counted.
    /// </summary>
    ValueTask LeaveAsync();

    /// <summary>The reply to a task whose caller is this node; it stays there for a minute.</summary>
    /// <returns>Null while the task lives, or when there is no reply.</returns>
    ValueTask<SharedReply?> FetchReplyAsync(TaskId id);

    /// <summary>Takes deliveries that are due; they are not given to anybody else before
    /// <paramref name="untilMilliseconds"/>. <see cref="ITaskArchive.SaveDeliveryAsync"/> moves that moment to the due
    /// time plus the same span, or ends the delivery.</summary>
    ValueTask<IReadOnlyList<PendingDelivery>> TakeDeliveriesAsync(
        int max, long nowMilliseconds, long untilMilliseconds);
}

/// <summary>A queue takes no more tasks: it holds as many as it may.</summary>
public sealed class TaskQueueFullException(QueueKey queue, int limit)
    : TaskStoreException($"Queue {queue} holds {limit} tasks already.");
