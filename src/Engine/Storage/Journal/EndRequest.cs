using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>The end of a task of which something is kept. Completes after the commit; never refused but at the end of
/// the journal. Immutable: what its task may still change is taken when it is made.</summary>
/// <param name="task">The task, marked as ended.</param>
/// <param name="end">How it ended.</param>
/// <param name="stateBefore">Its record's state before that.</param>
/// <param name="body">Its body; null when it lies in the task's row, or is damaged.</param>
internal sealed class EndRequest(QueuedTask task, TaskEnd end, int stateBefore, byte[]? body)
    : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>The task.</summary>
    public QueuedTask Subject => task;

    /// <summary>How it ended.</summary>
    public TaskEnd End => end;

    /// <summary>The body; null when it lies in the task's row, or is damaged.</summary>
    public byte[]? Body => body;

    /// <summary>Attempts that it used.</summary>
    public int Attempt { get; } = task.Attempt;

    /// <summary>Its attempts.</summary>
    public AttemptRecord[]? History { get; } = task.History;

    /// <summary>When it would have run next.</summary>
    public long DueAtMilliseconds { get; } = task.ShownDueMilliseconds;

    /// <summary>True when the body is to be taken from the task's row.</summary>
    public bool IsBodyOnDisk => (stateBefore & TaskRecord.Dropped) != 0;

    /// <summary>True when a row of the task may be on disk.</summary>
    public bool MayHaveRow =>
        (stateBefore & TaskRecord.PhaseMask) >= TaskRecord.Writing || (stateBefore & TaskRecord.Doubtful) != 0;

    /// <summary>What it weighs beside other things of a transaction.</summary>
    public long Bytes { get; } = (end.Result?.Length ?? 0) + task.BodyBytes;

    /// <summary>True when the archive gets a row; false when only the memory is kept that there was such a task.
    /// </summary>
    public bool IsArchived => end.HasDelivery || end.KeptUntilMilliseconds > end.AtMilliseconds;
}
