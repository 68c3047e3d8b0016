using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace ActorBalancer.Engine.Tasks;

/// <summary>
/// Finds every task that has not ended, or whose end is not yet on disk, by its id. Thread-safe. Whoever has added
/// a task is the only one who may bring that id into a queue.
/// </summary>
internal sealed class LiveTasks
{
    /// <summary>Locks of the table: as many threads can add and remove at a time without waiting for each other.
    /// </summary>
    private const int Locks = 64;

    private const int FirstCapacity = 4096;

    private readonly ConcurrentDictionary<TaskId, QueuedTask> _tasks = new(Locks, FirstCapacity);
    private long _comebacks;

    /// <summary>How many there are, those that their queues have not taken yet among them.</summary>
    public int Count => _tasks.Count;

    /// <summary>How many ended tasks came back by hand so far. One is counted before it leaves the archive: who found
    /// a task in neither place while this number stayed the same knows that it is not there.</summary>
    public long Comebacks => Interlocked.Read(ref _comebacks);

    /// <summary>All that their queues have taken, in no order; what comes or goes meanwhile may be among them or not.
    /// </summary>
    public IEnumerable<QueuedTask> All => _tasks
        .Select(static pair => pair.Value)
        .Where(static task => task.Sequence > 0);

    /// <summary>Adds a task; false when its id is there.</summary>
    public bool TryAdd(QueuedTask task)
    {
        if (!_tasks.TryAdd(task.Id, task))
            return false;
        if (task.WasArchived)
            Interlocked.Increment(ref _comebacks);
        return true;
    }

    /// <summary>Takes a task out; another object of the same id stays.</summary>
    public void Remove(QueuedTask task) =>
        _tasks.TryRemove(new KeyValuePair<TaskId, QueuedTask>(task.Id, task));

    /// <summary>Finds a task.</summary>
    public bool TryFind(TaskId id, [NotNullWhen(true)] out QueuedTask? task) => _tasks.TryGetValue(id, out task);
}
