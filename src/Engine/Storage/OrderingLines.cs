using System.Runtime.InteropServices;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage;

/// <summary>
/// Who holds which ordering key (<see cref="TaskOptions.OrderingKey"/>), and who waits for it in order of arrival. A task
/// that ends while it waits is passed by when its turn comes, so that removing costs no search; a line is rebuilt before
/// such leftovers outnumber the living. Not thread-safe: belongs to one queue.
/// </summary>
/// <remarks>A key that nobody holds has no line. All calls are for tasks that have a key.</remarks>
internal sealed class OrderingLines
{
    /// <summary>Leftovers that are never worth a rebuild: 8 bytes each.</summary>
    private const int LeftoversFree = 64;

    private readonly Dictionary<string, Line> _lines = new(StringComparer.Ordinal);

    /// <summary>Keys that are held.</summary>
    public int Count => _lines.Count;

    /// <summary>Entries in the line of a key, those of ended tasks included; for tests of the bound.</summary>
    public int EntryCount(string key) => _lines.TryGetValue(key, out var line) ? line.Waiting.Count : 0;

    /// <summary>The task arrives: it takes its key when that is free, or goes to the end of the line.</summary>
    /// <returns>True when it holds the key, now or for long; false when it waits.</returns>
    public bool Enter(QueuedTask task)
    {
        if (TryHold(task))
            return true;
        _lines[task.Options.OrderingKey!].Waiting.Enqueue(task);
        return false;
    }

    /// <summary>Gives the task its key if that is free.</summary>
    /// <returns>True when it holds the key, now or for long.</returns>
    public bool TryHold(QueuedTask task)
    {
        ref var line = ref CollectionsMarshal.GetValueRefOrAddDefault(
            _lines, task.Options.OrderingKey!, out var isHeld);
        line ??= new Line(task);
        return !isHeld || ReferenceEquals(line.Holder, task);
    }

    /// <summary>True when the task's turn has come and it has not ended.</summary>
    public bool Holds(QueuedTask task) =>
        _lines.TryGetValue(task.Options.OrderingKey!, out var line) && ReferenceEquals(line.Holder, task);

    /// <summary>Says that a task that waits in line has just been marked as ended.</summary>
    public void NoteEnded(QueuedTask task)
    {
        var line = _lines[task.Options.OrderingKey!];
        line.Leftovers++;
        if (line.Leftovers > Math.Max(line.Waiting.Count - line.Leftovers, LeftoversFree))
            line.Rebuild();
    }

    /// <summary>The task has ended: if it held its key, the next in line does.</summary>
    /// <returns>The task that holds the key from now on; null when there is none, or nothing has changed.</returns>
    public QueuedTask? Release(QueuedTask task)
    {
        var key = task.Options.OrderingKey!;
        if (!_lines.TryGetValue(key, out var line) || !ReferenceEquals(line.Holder, task))
            return null;
        if (line.TryAdvance())
            return line.Holder;
        _lines.Remove(key);
        return null;
    }

    private sealed class Line(QueuedTask holder)
    {
        public QueuedTask Holder { get; private set; } = holder;

        public Queue<QueuedTask> Waiting { get; private set; } = new();

        public int Leftovers { get; set; }

        public bool TryAdvance()
        {
            while (Waiting.TryDequeue(out var next))
            {
                if (!TaskRecord.HasEnded(next))
                {
                    Holder = next;
                    return true;
                }

                Leftovers--;
            }

            return false;
        }

        public void Rebuild()
        {
            Waiting = new Queue<QueuedTask>(Waiting.Where(static task => !TaskRecord.HasEnded(task)));
            Leftovers = 0;
        }
    }
}
