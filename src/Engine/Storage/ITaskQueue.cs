using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage;

/// <summary>
/// One queue of a store: what is pending, leased and delayed. All calls come from the queue's owner, one at a time,
/// so an implementation needs no lock against itself; but the owner may go on before what a call returned has
/// completed. Order is strict by priority, first in first out inside one. Of the tasks with one ordering key
/// (<see cref="TaskOptions.OrderingKey"/>) one at a time can be leased: the first to arrive, whatever its priority, until
/// it has ended; the others are queued, too, but not counted as pending. A task with a due time arrives when a
/// promotion has seen it pass; after a restart tasks arrive in the order of their sequence.
/// </summary>
public interface ITaskQueue
{
    /// <summary>Name of the queue.</summary>
    QueueKey Key { get; }

    /// <summary>Tasks that could be leased now.</summary>
    int PendingCount { get; }

    /// <summary>Tasks that wait for a due time.</summary>
    int DelayedCount { get; }

    /// <summary>The earliest due time in Unix milliseconds; null when nothing is delayed.</summary>
    long? NextDueMilliseconds { get; }

    /// <summary>Puts tasks at the end of their priority, in order. They can be leased when the call returns, or, with a
    /// due time to come (<see cref="QueuedTask.DueAtMilliseconds"/>), once <see cref="PromoteDueAsync"/> has seen it pass:
    /// such a task is scheduled. A new task gets its first state here; an ended one that comes back
    /// (<see cref="QueuedTask.WasArchived"/>) leaves the archive in the same commit.</summary>
    /// <returns>Completes when every task of the batch is as durable as it asks for: at once for
    /// <see cref="TaskDurability.WriteBehind"/>, after the commit for <see cref="TaskDurability.Committed"/>. When
    /// more is waiting to be written behind than the store allows, it completes when the disk has caught up: whoever
    /// takes in tasks should pause until then. Fails with <see cref="TaskStoreException"/> at once when the store
    /// cannot take the tasks, or when the commit failed; the tasks are then out of the queue unless they were leased
    /// meanwhile.</returns>
    ValueTask EnqueueAsync(IReadOnlyList<QueuedTask> tasks);

    /// <summary>The same for one task, without a list around it: the path of a synchronous caller.</summary>
    ValueTask EnqueueAsync(QueuedTask task);

    /// <summary>Takes up to <paramref name="max"/> tasks from the front into <paramref name="leased"/>: state
    /// running, attempt counted up, a new token, body in memory. A body of null means that the record on disk is
    /// damaged: the task cannot run and is to be ended as dead.</summary>
    /// <returns>How many were taken. Completes at once, unless the body of the very first must be read from disk: then
    /// it completes later, with 0, when the next bodies are in memory, and is to be called again. So 0 does not mean
    /// that the queue is empty; <see cref="PendingCount"/> says that. Fails with <see cref="TaskStoreException"/> when
    /// the disk cannot be read; nothing was taken then, and the next call tries again.</returns>
    ValueTask<int> LeaseAsync(int max, ICollection<QueuedTask> leased);

    /// <summary>Ends a leased task and takes it out of the queue.</summary>
    /// <returns>False, and nothing changes, when <paramref name="token"/> is not the task's newest lease or the task
    /// has ended. True at once when nothing of the task is kept; otherwise after the commit of its record in the
    /// archive, which is tried until it succeeds: the task is out of the queue when the call returns all the same.
    /// </returns>
    ValueTask<bool> CompleteAsync(QueuedTask task, long token, TaskEnd end);

    /// <summary>Gives a leased task back to wait until <paramref name="dueAtMilliseconds"/>; it keeps its place
    /// (priority and sequence).</summary>
    /// <param name="task">The task.</param>
    /// <param name="token">Its lease.</param>
    /// <param name="dueAtMilliseconds">Unix milliseconds; 0 for at once. The queue looks at no clock: a moment that has
    /// passed waits for <see cref="PromoteDueAsync"/> too.</param>
    /// <param name="countAttempt">False when the attempt must not count, as for a worker in maintenance.</param>
    /// <returns>False when the lease is stale.</returns>
    ValueTask<bool> RetryAsync(QueuedTask task, long token, long dueAtMilliseconds, bool countAttempt);

    /// <summary>Ends a task that is not leased (pending, delayed or in line for its ordering key) and takes it out of the
    /// queue.</summary>
    /// <returns>False when it is leased or has ended; true as <see cref="CompleteAsync"/> says.</returns>
    ValueTask<bool> RemoveAsync(QueuedTask task, TaskEnd end);

    /// <summary>Makes delayed tasks pending whose due time has come, or puts them in line for their ordering key.
    /// </summary>
    /// <returns>How many.</returns>
    ValueTask<int> PromoteDueAsync(long nowMilliseconds);
}
