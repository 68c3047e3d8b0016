using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage;

/// <summary>All queues of one process, and the disk behind them. Thread-safe.</summary>
public interface ITaskStore : IAsyncDisposable
{
    /// <summary>The name under which <c>/health</c> lists it, such as <c>sqlite</c>.</summary>
    string Name { get; }

    /// <summary>False while writes fail; true again by itself when they succeed.</summary>
    bool IsHealthy { get; }

    /// <summary>Opens the files and rebuilds the queues.</summary>
    /// <returns>What an earlier run left. Tasks that were running are pending again.</returns>
    /// <exception cref="TaskStoreException">The files cannot be read or belong to another process.</exception>
    ValueTask<StoreContent> OpenAsync(CancellationToken cancellationToken);

    /// <summary>The queue of that name; made when new. Always the same object for the same key.</summary>
    ITaskQueue GetQueue(QueueKey key);

    /// <summary>The body of a task of this store that is not in memory.</summary>
    /// <returns>Null when the task has ended, or its record is damaged.</returns>
    /// <exception cref="TaskStoreException">The disk cannot be read.</exception>
    ValueTask<byte[]?> ReadBodyAsync(QueuedTask task);

    /// <summary>The ended tasks.</summary>
    ITaskArchive Archive { get; }

    /// <summary>Remembers that a queue has workers with these functions; written behind.</summary>
    void RememberFunctions(QueueKey key, IReadOnlyCollection<string> functions);

    /// <summary>Remembers a pause.</summary>
    /// <param name="key">The queue.</param>
    /// <param name="untilMilliseconds">End in Unix milliseconds, <see cref="long.MaxValue"/> for an order to resume;
    /// null for no pause.</param>
    /// <returns>Completes after the commit.</returns>
    ValueTask RememberPauseAsync(QueueKey key, long? untilMilliseconds);

    /// <summary>Remembers that a worker is to get no new tasks, or that it may again.</summary>
    /// <returns>Completes after the commit.</returns>
    ValueTask RememberDrainAsync(string url, bool isDraining);
}

/// <summary>What a store holds when it is opened.</summary>
/// <param name="Tasks">All tasks that have not ended; they lie in their queues already.</param>
/// <param name="Functions">Functions that were ever seen, by queue.</param>
/// <param name="Pauses">Paused queues with the end of the pause in Unix milliseconds.</param>
/// <param name="Deliveries">Deliveries that are pending.</param>
public sealed record StoreContent(
    IReadOnlyList<QueuedTask> Tasks,
    IReadOnlyDictionary<QueueKey, IReadOnlyCollection<string>> Functions,
    IReadOnlyDictionary<QueueKey, long> Pauses,
    IReadOnlyList<PendingDelivery> Deliveries)
{
    /// <summary>URLs of workers that are to get no new tasks.</summary>
    public IReadOnlyCollection<string> Drains { get; init; } = [];
}

/// <summary>A delivery that waits.</summary>
public sealed record PendingDelivery(TaskId Id, int Tries, long DueAtMilliseconds);

/// <summary>The store could not do what it was asked for; the message says what and why.</summary>
public class TaskStoreException(string message, Exception? innerException = null)
    : Exception(message, innerException);
