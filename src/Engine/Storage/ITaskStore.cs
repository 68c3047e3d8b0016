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
    /// <returns>The queues that hold tasks from an earlier run. Tasks that were running are pending again.</returns>
    /// <exception cref="TaskStoreException">The files cannot be read or belong to another process.</exception>
    ValueTask<IReadOnlyList<QueueKey>> OpenAsync(CancellationToken cancellationToken);

    /// <summary>The queue of that name; made when new. Always the same object for the same key.</summary>
    ITaskQueue GetQueue(QueueKey key);
}

/// <summary>The store could not do what it was asked for; the message says what and why.</summary>
public sealed class TaskStoreException(string message, Exception? innerException = null)
    : Exception(message, innerException);
