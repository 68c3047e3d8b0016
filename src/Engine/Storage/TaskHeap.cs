using System.Diagnostics.CodeAnalysis;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage;

/// <summary>
/// Tasks in order of a key, smallest first. A task that ends while it lies in here is passed by when it comes to the
/// front, so that removing costs no search; the heap is rebuilt before such leftovers outnumber the living.
/// Not thread-safe: belongs to one queue.
/// </summary>
/// <typeparam name="TOrder">The key: place in the queue, or due time.</typeparam>
internal sealed class TaskHeap<TOrder>
{
    /// <summary>Leftovers that are never worth a rebuild: 16 bytes each.</summary>
    private const int LeftoversFree = 1024;

    private PriorityQueue<QueuedTask, TOrder> _heap = new();

    /// <summary>Tasks that have not ended.</summary>
    public int Count { get; private set; }

    /// <summary>Entries, those of ended tasks included; for tests of the bound.</summary>
    public int EntryCount => _heap.Count;

    /// <summary>Adds a task that is not in here.</summary>
    public void Push(QueuedTask task, TOrder order)
    {
        _heap.Enqueue(task, order);
        Count++;
    }

    /// <summary>The first task that has not ended.</summary>
    public bool TryPeek([MaybeNullWhen(false)] out QueuedTask task, [MaybeNullWhen(false)] out TOrder order)
    {
        while (_heap.TryPeek(out task, out order))
        {
            if (!TaskRecord.HasEnded(task))
                return true;
            _heap.Dequeue();
        }

        return false;
    }

    /// <summary>Takes out the task that <see cref="TryPeek"/> showed.</summary>
    public void Pop()
    {
        _heap.Dequeue();
        Count--;
    }

    /// <summary>Says that one of the tasks in here has just been marked as ended.</summary>
    public void NoteEnded()
    {
        Count--;
        TryPeek(out _, out _);
        if (_heap.Count - Count > Math.Max(Count, LeftoversFree))
            Rebuild();
    }

    private void Rebuild()
    {
        var living = new List<(QueuedTask, TOrder)>(Count);
        foreach (var (task, order) in _heap.UnorderedItems)
        {
            if (!TaskRecord.HasEnded(task))
                living.Add((task, order));
        }

        _heap = new PriorityQueue<QueuedTask, TOrder>(living);
    }
}
