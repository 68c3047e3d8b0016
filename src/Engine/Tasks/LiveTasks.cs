using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace ActorBalancer.Engine.Tasks;

/// <summary>
/// Finds every task that has not ended, or whose end is not yet on disk, by its id. Thread-safe. Whoever has added a
/// task
/// is the only one who may bring that id into a queue.
/// </summary>
internal sealed class LiveTasks
{
    /// <summary>Locks of the table: as many threads can add and remove at a time without waiting for each other.
    /// </summary>
    private const int Locks = 64;

    private const int FirstCapacity = 4096;

    private readonly ConcurrentDictionary<TaskId, QueuedTask> _tasks = new(Locks, FirstCapacity);

    /// <summary>All that their queues have taken, in no order; what comes or goes meanwhile may be among them or not.
    /// </summary>
    public IEnumerable<QueuedTask> All => _tasks
        .Select(static pair => pair.Value)
        .Where(static task => task.Sequence > 0);

    /// <summary>Adds a task; false when its id is there.</summary>
    public bool TryAdd(QueuedTask task) => _tasks.TryAdd(task.Id, task);

    /// <summary>Takes a task out.</summary>
    public void Remove(QueuedTask task) => _tasks.TryRemove(task.Id, out _);

    /// <summary>Finds a task.</summary>
    public bool TryFind(TaskId id, [NotNullWhen(true)] out QueuedTask? task) => _tasks.TryGetValue(id, out task);
}
