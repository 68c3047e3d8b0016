using System.Collections.Concurrent;

namespace ActorBalancer.Trials.Rigs;

/// <summary>A task that the driver posted.</summary>
internal sealed class LedgerEntry(string mark, bool isWebhook)
{
    /// <summary>Travels in the task's input, so that the worker's log names it.</summary>
    public string Mark { get; } = mark;

    /// <summary>True when its result is to be delivered.</summary>
    public bool IsWebhook { get; } = isWebhook;

    /// <summary>When it was posted.</summary>
    public DateTime PostedAt { get; } = DateTime.UtcNow;

    /// <summary>Least wait before it may start.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Its id; null while it is not acknowledged.</summary>
    public string? TaskId { get; set; }
}

/// <summary>What was posted and what was acknowledged. Thread-safe.</summary>
internal sealed class Ledger
{
    private readonly ConcurrentDictionary<string, LedgerEntry> _byMark = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, LedgerEntry> _byTask = new(StringComparer.Ordinal);
    private int _next;

    /// <summary>All that was posted.</summary>
    public IEnumerable<LedgerEntry> Posted => _byMark.Values;

    /// <summary>All that was acknowledged.</summary>
    public IEnumerable<LedgerEntry> Acked => _byTask.Values;

    /// <summary>How many were acknowledged.</summary>
    public int AckedCount => _byTask.Count;

    /// <summary>Notes a task before it is posted.</summary>
    public LedgerEntry Add(bool isWebhook, TimeSpan delay = default)
    {
        var entry = new LedgerEntry($"m{Interlocked.Increment(ref _next)}", isWebhook) { Delay = delay };
        _byMark[entry.Mark] = entry;
        return entry;
    }

    /// <summary>Notes the acknowledgement.</summary>
    /// <exception cref="TrialException">Another task has that id.</exception>
    public void Acknowledge(LedgerEntry entry, string taskId)
    {
        entry.TaskId = taskId;
        if (!_byTask.TryAdd(taskId, entry))
            throw new TrialException($"two tasks were acknowledged with the id {taskId}");
    }

    /// <summary>The task of that mark; null when none was posted.</summary>
    public LedgerEntry? FindMark(string mark) => _byMark.GetValueOrDefault(mark);

    /// <summary>The task of that id; null when none was acknowledged.</summary>
    public LedgerEntry? FindTask(string taskId) => _byTask.GetValueOrDefault(taskId);
}
