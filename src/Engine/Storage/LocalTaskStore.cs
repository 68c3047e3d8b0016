using System.Collections.Concurrent;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage;

/// <summary>The queues of one process that shares its tasks with no other. Thread-safe.</summary>
public sealed class LocalTaskStore : ITaskStore
{
    private readonly ConcurrentDictionary<QueueKey, LocalTaskQueue> _queues = new();
    private readonly SequenceSource _sequences = new();
    private readonly TimeProvider _timeProvider;

    private LocalTaskStore(string name, TimeProvider timeProvider)
    {
        Name = name;
        _timeProvider = timeProvider;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool IsHealthy => true;

    /// <summary>A store without a disk: what it holds ends with the process.</summary>
    /// <param name="timeProvider">Clock by which delayed tasks come due.</param>
    public static LocalTaskStore InMemory(TimeProvider timeProvider) => new("memory", timeProvider);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<QueueKey>> OpenAsync(CancellationToken cancellationToken) => new([]);

    /// <inheritdoc/>
    public ITaskQueue GetQueue(QueueKey key) =>
        _queues.TryGetValue(key, out var queue) ? queue : _queues.GetOrAdd(key, MakeQueue);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private LocalTaskQueue MakeQueue(QueueKey key) => new(key, _sequences, _timeProvider);
}
