using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage;

/// <summary>
/// What <see cref="QueuedTask.RecordState"/> says of a task's record on disk: a phase and flags, changed by two
/// threads (the queue's owner and the journal's writer) with one interlocked step for each event.
/// </summary>
/// <remarks>
/// R1: the phase goes Unrecorded -> Waiting -> Writing -> Written; only a failed commit leads back, from Writing to
/// Waiting. The owner makes the first step, the writer all others.
/// R2: a record that may be on disk is deleted after its task ended: by the owner's word when it was written before
/// the end (or when a failed commit left that open), by the writer when the end came while it was written.
/// R3: the writer drops a body only from a written task that is neither held nor ended. The reader puts one back only
/// into a held task, once, and after the writer has let go (<see cref="DropBusy"/>). Whoever sees the other's mark of
/// an end or of a drop leaves the body at null.
/// R4: whoever changes attempt, due time or history does so before the interlocked step that reads the phase; the
/// writer reads them after its own step. So one of the two sees the other, and no change is missed.
/// </remarks>
internal static class TaskRecord
{
    /// <summary>The bits that hold the phase.</summary>
    public const int PhaseMask = 3;

    /// <summary>Phase: no journal knows the task.</summary>
    public const int Unrecorded = 0;

    /// <summary>Phase: in the journal's hands, not on disk. A crash loses the task.</summary>
    public const int Waiting = 1;

    /// <summary>Phase: part of the transaction that runs. A crash leaves it or not.</summary>
    public const int Writing = 2;

    /// <summary>Phase: on disk. A crash leaves it.</summary>
    public const int Written = 3;

    /// <summary>The task has ended: whoever still finds it in a heap or a list passes it by.</summary>
    public const int Ended = 1 << 2;

    /// <summary>The body must stay in memory: the task is leased, or its body was read ahead of a lease.</summary>
    public const int Held = 1 << 3;

    /// <summary>The body is on disk only.</summary>
    public const int Dropped = 1 << 4;

    /// <summary>The writer is about to set the body to null.</summary>
    public const int DropBusy = 1 << 5;

    /// <summary>Attempt, due time or history changed since the record was written, and the journal was told.</summary>
    public const int Dirty = 1 << 6;

    /// <summary>The record has a row of progress beside it.</summary>
    public const int HasProgress = 1 << 7;

    /// <summary>A commit failed in a way that may have left the record on disk all the same.</summary>
    public const int Doubtful = 1 << 8;

    /// <summary>What is kept of the task's end is on disk, or nothing is kept.</summary>
    public const int EndStored = 1 << 9;

    /// <summary>True when the task is out of its queue for good.</summary>
    public static bool HasEnded(QueuedTask task) => (Volatile.Read(ref task.RecordState) & Ended) != 0;

    /// <summary>True when the body stays in memory until the task is given back or ends.</summary>
    public static bool IsHeld(QueuedTask task) => (Volatile.Read(ref task.RecordState) & Held) != 0;

    /// <summary>True when the body must be read before the task can run.</summary>
    public static bool IsDropped(QueuedTask task) => (Volatile.Read(ref task.RecordState) & Dropped) != 0;

    /// <summary>Owner: marks the end of a task that no journal knows.</summary>
    public static void EndUnrecorded(QueuedTask task) => task.RecordState |= Ended;

    /// <summary>Owner: marks the end. Returns the state before, for <see cref="MustDelete"/>.</summary>
    public static int End(QueuedTask task) => Interlocked.Or(ref task.RecordState, Ended);

    /// <summary>Writer, or the owner when nothing is kept: marks that the end needs nothing more of the disk.</summary>
    public static void MarkEndStored(QueuedTask task) => Interlocked.Or(ref task.RecordState, EndStored);

    /// <summary>True for a task that has ended and whose end may still be lost by a crash.</summary>
    public static bool IsEndOpen(QueuedTask task) =>
        (Volatile.Read(ref task.RecordState) & (Ended | EndStored)) == Ended;

    /// <summary>Whether the owner must have the record deleted, by the state before the end (R2).</summary>
    public static bool MustDelete(int stateBeforeEnd) =>
        (stateBeforeEnd & PhaseMask) == Written
        || (stateBeforeEnd & (PhaseMask | Doubtful)) == (Waiting | Doubtful);

    /// <summary>Owner: keeps the body in memory. Returns the state before.</summary>
    public static int Hold(QueuedTask task) => Interlocked.Or(ref task.RecordState, Held);

    /// <summary>Owner: lets the body go. Returns the state before.</summary>
    public static int Release(QueuedTask task) => Interlocked.And(ref task.RecordState, ~Held);

    /// <summary>Owner, after a change of attempt, due time or history: true when the journal must be told, by the
    /// state that the owner's last interlocked step returned (R4).</summary>
    public static bool MustReport(QueuedTask task, int state) =>
        (state & PhaseMask) >= Writing && (Interlocked.Or(ref task.RecordState, Dirty) & Dirty) == 0;

    /// <summary>Reader: puts back the body of a held task; null when the record is damaged.</summary>
    /// <returns>False when the task has ended meanwhile and needs no body.</returns>
    public static bool PutBody(QueuedTask task, byte[]? body)
    {
        var spin = new SpinWait();
        while ((Volatile.Read(ref task.RecordState) & DropBusy) != 0)
            spin.SpinOnce();
        task.Body = body;
        if ((Interlocked.And(ref task.RecordState, ~Dropped) & Ended) == 0)
            return true;
        task.Body = null;
        return false;
    }

    /// <summary>Writer: takes a waiting task into the transaction; false when it has ended or is on disk.</summary>
    public static bool TryClaim(QueuedTask task)
    {
        while (true)
        {
            var state = Volatile.Read(ref task.RecordState);
            if ((state & PhaseMask) != Waiting || (state & Ended) != 0)
                return false;
            var claimed = (state & ~(PhaseMask | Dirty)) | Writing;
            if (Interlocked.CompareExchange(ref task.RecordState, claimed, state) == state)
                return true;
        }
    }

    /// <summary>Writer: takes the changes of a written task into the transaction; false when there are none to
    /// write.</summary>
    public static bool TryClaimProgress(QueuedTask task)
    {
        while (true)
        {
            var state = Volatile.Read(ref task.RecordState);
            if ((state & (PhaseMask | Dirty | Ended)) != (Written | Dirty))
                return false;
            var claimed = (state & ~Dirty) | HasProgress;
            if (Interlocked.CompareExchange(ref task.RecordState, claimed, state) == state)
                return true;
        }
    }

    /// <summary>Writer: the record gets a row of progress with its first write.</summary>
    public static void NoteProgress(QueuedTask task) => Interlocked.Or(ref task.RecordState, HasProgress);

    /// <summary>Writer: the record is on disk. Returns the state before; a task that ended meanwhile is the writer's to
    /// delete (R2).</summary>
    public static int MarkWritten(QueuedTask task) => MovePhase(task, Written, 0);

    /// <summary>Writer: the commit failed. Returns the state before.</summary>
    /// <param name="task">A claimed task.</param>
    /// <param name="doubtful">True when the record may be on disk all the same.</param>
    public static int MarkUnwritten(QueuedTask task, bool doubtful) =>
        MovePhase(task, Waiting, doubtful ? Doubtful : 0);

    /// <summary>Writer: drops the body of a written task (R3); false when it must stay.</summary>
    public static bool TryDropBody(QueuedTask task)
    {
        var state = Volatile.Read(ref task.RecordState);
        if ((state & (PhaseMask | Ended | Held | Dropped)) != Written)
            return false;
        // One try is enough: the state changed under us only because the task is wanted or has ended.
        if (Interlocked.CompareExchange(ref task.RecordState, state | Dropped | DropBusy, state) != state)
            return false;
        task.Body = null;
        Interlocked.And(ref task.RecordState, ~DropBusy);
        return true;
    }

    private static int MovePhase(QueuedTask task, int phase, int flags)
    {
        while (true)
        {
            var state = Volatile.Read(ref task.RecordState);
            var moved = (state & ~PhaseMask) | phase | flags;
            if (Interlocked.CompareExchange(ref task.RecordState, moved, state) == state)
                return state;
        }
    }
}
