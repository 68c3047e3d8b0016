namespace ActorBalancer.Engine.Tasks;

/// <summary>How far a task must be written before whoever submitted it is told.</summary>
public enum TaskDurability : byte
{
    /// <summary>Written behind while it waits or runs; skipped when it ended before the write.</summary>
    WriteBehind,

    /// <summary>Acknowledged only after the commit.</summary>
    Committed,
}

/// <summary>
/// A task inside its queue. Owned by the queue's actor: only its turn changes a member, save
/// <see cref="Body"/>, which the store may move between memory and disk while the task is pending.
/// </summary>
public sealed class QueuedTask
{
    private TaskState _state;

    /// <summary>Identity.</summary>
    public required TaskId Id { get; init; }

    /// <summary>The queue.</summary>
    public required QueueKey Queue { get; init; }

    /// <summary>Function to run.</summary>
    public required string Function { get; init; }

    /// <summary>1 (highest) to <see cref="TaskLimits.PriorityMax"/>.</summary>
    public required int Priority { get; init; }

    /// <summary>Creation time in Unix milliseconds.</summary>
    public required long CreatedAtMilliseconds { get; init; }

    /// <summary>When its submitter may be told.</summary>
    public required TaskDurability Durability { get; init; }

    /// <summary>Worker key in the clear; encrypted by the store on its way to disk. Null for none.</summary>
    public string? WorkerKey { get; init; }

    /// <summary>What its sender asked for beyond that.</summary>
    public TaskOptions Options { get; init; } = TaskOptions.Default;

    /// <summary>Value of <c>traceparent</c> as the sender gave it (W3C Trace Context); null for none.</summary>
    public string? TraceParent { get; init; }

    /// <summary>The node whose client waits for the task's end, in a cluster; null when nobody waits.</summary>
    public string? Caller { get; init; }

    /// <summary>Size of the body, wherever it lies.</summary>
    public required int BodyBytes { get; init; }

    /// <summary>True for an ended task that comes back by hand: its record in the archive goes with the commit.
    /// </summary>
    public bool WasArchived { get; init; }

    /// <summary>Attempts that have ended, oldest first; an array is never changed, only replaced. Null for none.
    /// </summary>
    public AttemptRecord[]? History { get; set; }

    /// <summary>The body; null while the store keeps it on disk only, and after the end.</summary>
    public byte[]? Body { get; set; }

    /// <summary>Place among tasks of the same priority; grows with every enqueue, kept over retries and
    /// restarts. Set by the store.</summary>
    public long Sequence { get; set; }

    /// <summary>Attempts used so far, the running one included.</summary>
    public int Attempt { get; set; }

    /// <summary>Token of the newest lease; grows with every lease of the queue. 0 before the first.</summary>
    public long LeaseToken { get; set; }

    /// <summary>When a scheduled or retrying task may run, in Unix milliseconds; 0 when it need not wait.</summary>
    public long DueAtMilliseconds { get; set; }

    /// <summary>What is shown as its due time: the wait that is before it, otherwise the moment that its sender named;
    /// 0 for neither.</summary>
    public long ShownDueMilliseconds => DueAtMilliseconds > 0 ? DueAtMilliseconds : Options.RunAtMilliseconds;

    /// <summary>Where the task stands; <see cref="MoveTo"/> moves it.</summary>
    public TaskState State
    {
        get => _state;
        init => _state = value;
    }

    /// <summary>What the store knows of the task's record; only the store touches it.</summary>
    internal int RecordState;

    /// <summary>What the queue's actor keeps with the task (its waiting caller, its last worker); null for
    /// none.</summary>
    public object? Attachment { get; set; }

    /// <summary>Moves the task on.</summary>
    /// <exception cref="InvalidOperationException"><see cref="TaskTransitions"/> knows no such move.</exception>
    public void MoveTo(TaskState next)
    {
        if (!TaskTransitions.Allows(_state, next))
            throw new InvalidOperationException($"Task {Id}: there is no way from {_state} to {next}.");
        _state = next;
    }
}
