using System.Diagnostics.CodeAnalysis;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage;

/// <summary>
/// Tasks that may be leased, in order. Two sources are merged: the heap, and a short front of tasks that were taken
/// out of it in order to read their bodies ahead of the lease. Not thread-safe: belongs to one queue.
/// </summary>
/// <remarks>Those in the front are marked as held (<see cref="TaskRecord.Held"/>), and only they are.</remarks>
internal sealed class PendingTasks
{
    private readonly TaskHeap<ulong> _heap = new();
    private Queue<QueuedTask> _front = new();
    private int _frontCount;

    /// <summary>Tasks that have not ended.</summary>
    public int Count => _heap.Count + _frontCount;

    /// <summary>Adds a task at its place.</summary>
    public void Push(QueuedTask task) => _heap.Push(task, TaskOrder.Of(task));

    /// <summary>The task whose turn it is.</summary>
    public bool TryPeek([MaybeNullWhen(false)] out QueuedTask task)
    {
        if (_frontCount == 0)
            return _heap.TryPeek(out task, out _);

        var first = FirstOfFront();
        task = _heap.TryPeek(out var top, out var order) && order < TaskOrder.Of(first) ? top : first;
        return true;
    }

    /// <summary>Takes out the task that <see cref="TryPeek"/> showed.</summary>
    public void Pop(QueuedTask task)
    {
        if (_frontCount > 0 && ReferenceEquals(_front.Peek(), task))
        {
            _front.Dequeue();
            _frontCount--;
        }
        else
        {
            _heap.Pop();
        }
    }

    /// <summary>Says that a task in here has just been marked as ended.</summary>
    /// <param name="wasHeld">Whether it was in the front.</param>
    public void NoteEnded(bool wasHeld)
    {
        if (wasHeld)
            _frontCount--;
        else
            _heap.NoteEnded();
    }

    /// <summary>Moves the next tasks, up to <paramref name="max"/>, to the front. The caller holds them.</summary>
    /// <returns>Those tasks, in order.</returns>
    public List<QueuedTask> BringForward(int max)
    {
        var next = new List<QueuedTask>(Math.Min(max, Count));
        while (next.Count < max && TryPeek(out var task))
        {
            Pop(task);
            next.Add(task);
        }

        // What is left in the front comes after them: it was not taken.
        var front = new Queue<QueuedTask>(next);
        while (_front.TryDequeue(out var task))
        {
            if (!TaskRecord.HasEnded(task))
                front.Enqueue(task);
        }

        _front = front;
        _frontCount = front.Count;
        return next;
    }

    private QueuedTask FirstOfFront()
    {
        while (TaskRecord.HasEnded(_front.Peek()))
            _front.Dequeue();
        return _front.Peek();
    }
}
