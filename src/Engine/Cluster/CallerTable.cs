using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Cluster;

/// <summary>The callers who wait at this node for tasks that any node may run. Thread-safe.</summary>
/// <remarks>Whoever takes a caller out answers it: so exactly one outcome reaches each.</remarks>
internal sealed class CallerTable
{
    /// <summary>Locks of the table: as many threads can add and remove at a time without waiting for each other.
    /// </summary>
    private const int Locks = 64;

    private const int FirstCapacity = 4096;

    private readonly ConcurrentDictionary<TaskId, CallerWait> _waits = new(Locks, FirstCapacity);

    /// <summary>True when nobody waits.</summary>
    public bool IsEmpty => _waits.IsEmpty;

    /// <summary>How many wait; takes all locks, so not for hot paths.</summary>
    public int Count => _waits.Count;

    /// <summary>A caller begins to wait. Before its task is enqueued: the end may come before that call returns.
    /// </summary>
    public void Add(CallerWait wait) => _waits.TryAdd(wait.Id, wait);

    /// <summary>The caller of a task; false when nobody waits for it here (any more).</summary>
    public bool TryFind(TaskId id, [NotNullWhen(true)] out CallerWait? wait) => _waits.TryGetValue(id, out wait);

    /// <summary>Takes a caller out whose task was not taken in; false when it has been answered.</summary>
    public bool TryRemove(CallerWait wait) =>
        _waits.TryRemove(new KeyValuePair<TaskId, CallerWait>(wait.Id, wait));

    /// <summary>Gives a caller the outcome of its task, or the stream of its answer.</summary>
    /// <returns>False when nobody waits for that task here (any more): the outcome has been disposed.</returns>
    public bool Complete(TaskId id, TaskOutcome outcome)
    {
        if (!_waits.TryRemove(id, out var wait))
        {
            outcome.Dispose();
            return false;
        }

        wait.Answer(outcome);
        return true;
    }

    /// <summary>Answers everybody.</summary>
    public void CompleteAll(Func<TaskOutcome> make)
    {
        foreach (var id in _waits.Keys)
            Complete(id, make());
    }
}
