using System.Collections.Concurrent;
using ActorBalancer.Engine.Storage.Journal;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage;

/// <summary>
/// A queue in the memory of this process, with or without a journal. Strict priority, then sequence; a task that comes
/// back takes its old place. Owned by one caller at a time, as <see cref="ITaskQueue"/> says.
/// </summary>
/// <remarks>
/// Q1: a task that has not ended is in exactly one place: pending or in the line of its ordering key
/// (<see cref="TaskState.Queued"/>), delayed (<see cref="TaskState.Scheduled"/>, <see cref="TaskState.Retrying"/>) or
/// with the owner (<see cref="TaskState.Running"/>).
/// Q2: a token is given out once, and later ones are greater, over restarts too.
/// Q3: commits that failed are rolled back at the start of every call, on the owner's turn: no task is leased after
/// its submitter was told that it was refused.
/// Q4: no clock decides here when a delayed task is due, only <see cref="PromoteDueAsync"/>: a jump of the system's clock
/// makes no task early.
/// Q5: of the tasks with one ordering key, the one that holds it alone is pending, retrying or running. It holds it from
/// the moment at which it was first in line until its end.
/// </remarks>
internal sealed partial class LocalTaskQueue : ITaskQueue
{
    private readonly PendingTasks _pending = new();
    private readonly TaskHeap<(long Due, ulong Place)> _delayed = new();
    private readonly ConcurrentQueue<CommitRequest> _refused = new(); // filled by the journal's thread
    private readonly SequenceSource _sequences;
    private readonly TimeProvider _timeProvider;
    private readonly SqliteJournal? _journal;
    private readonly MemoryArchive? _memory;
    private long _lastToken;

    /// <summary>Makes an empty queue.</summary>
    /// <param name="key">Its name.</param>
    /// <param name="sequences">The store's sequences.</param>
    /// <param name="timeProvider">Clock that spaces failed reads.</param>
    /// <param name="journal">An open journal; null without a disk.</param>
    /// <param name="memory">The archive without a journal; null with one.</param>
    public LocalTaskQueue(
        QueueKey key,
        SequenceSource sequences,
        TimeProvider timeProvider,
        SqliteJournal? journal,
        MemoryArchive? memory)
    {
        Key = key;
        _sequences = sequences;
        _timeProvider = timeProvider;
        _journal = journal;
        _memory = memory;
        _lastToken = journal?.TokenBase ?? 0;
    }

    /// <summary>All tokens will be above this one; set before the first lease.</summary>
    public long TokenBase
    {
        init => _lastToken = value;
    }

    /// <inheritdoc/>
    public QueueKey Key { get; }

    /// <inheritdoc/>
    public int PendingCount
    {
        get
        {
            RollBackRefused();
            return _pending.Count;
        }
    }

    /// <inheritdoc/>
    public int DelayedCount
    {
        get
        {
            RollBackRefused();
            return _delayed.Count;
        }
    }

    /// <inheritdoc/>
    public long? NextDueMilliseconds
    {
        get
        {
            RollBackRefused();
            return _delayed.TryPeek(out _, out var order) ? order.Due : null;
        }
    }

    /// <inheritdoc/>
    public ValueTask EnqueueAsync(QueuedTask task)
    {
        TaskOrder.Check(task);
        if (_journal is null)
        {
            Admit(task);
            return ValueTask.CompletedTask;
        }

        RollBackRefused();
        if (_journal.FindRefusal(task.Durability) is { } refusal)
            return ValueTask.FromException(refusal);
        if (task.Durability == TaskDurability.Committed)
        {
            AdmitRecorded(task, _journal);
            return Commit([task], _journal);
        }

        AdmitRecorded(task, _journal);
        _journal.Defer(task);
        return _journal.WaitForRoomAsync();
    }

    /// <inheritdoc/>
    public ValueTask EnqueueAsync(IReadOnlyList<QueuedTask> tasks)
    {
        // All are checked before the first goes in: a batch is refused as a whole.
        var committedCount = 0;
        for (var i = 0; i < tasks.Count; i++)
        {
            TaskOrder.Check(tasks[i]);
            if (tasks[i].Durability == TaskDurability.Committed)
                committedCount++;
        }

        if (_journal is not null)
            return EnqueueRecorded(tasks, committedCount, _journal);
        for (var i = 0; i < tasks.Count; i++)
            Admit(tasks[i]);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<int> LeaseAsync(int max, ICollection<QueuedTask> leased)
    {
        RollBackRefused();
        var count = 0;
        while (count < max && _pending.TryPeek(out var task))
        {
            var state = TaskRecord.Unrecorded;
            task.Attempt++;
            if (_journal is not null)
            {
                state = TaskRecord.Hold(task);
                if ((state & TaskRecord.Dropped) != 0)
                {
                    task.Attempt--;
                    // Among the pending, those in front alone may stay held.
                    if ((state & TaskRecord.Held) == 0)
                        TaskRecord.Release(task);
                    return count > 0 ? new ValueTask<int>(count) : LoadNext(_journal);
                }
            }

            _pending.Pop(task);
            Hand(task, state, leased);
            count++;
        }

        return new ValueTask<int>(count);
    }

    /// <inheritdoc/>
    public ValueTask<bool> CompleteAsync(QueuedTask task, long token, TaskEnd end)
    {
        CheckFinal(end.State);
        RollBackRefused();
        if (!IsLeasedBy(task, token))
            return new ValueTask<bool>(false);

        var ended = End(task, end, out _);
        PassKeyOn(task);
        return ended;
    }

    /// <inheritdoc/>
    public ValueTask<bool> RetryAsync(QueuedTask task, long token, long dueAtMilliseconds, bool countAttempt)
    {
        RollBackRefused();
        if (!IsLeasedBy(task, token))
            return new ValueTask<bool>(false);

        if (!countAttempt)
            task.Attempt--;
        Place(task, dueAtMilliseconds, TaskState.Retrying);
        if (_journal is not null && TaskRecord.MustReport(task, TaskRecord.Release(task)))
            _journal.Defer(task);
        return new ValueTask<bool>(true);
    }

    /// <inheritdoc/>
    public ValueTask<bool> RemoveAsync(QueuedTask task, TaskEnd end)
    {
        CheckFinal(end.State);
        RollBackRefused();
        if (TaskRecord.HasEnded(task) || !IsWaiting(task.State))
            return new ValueTask<bool>(false);

        return TakeOut(task, end);
    }

    /// <inheritdoc/>
    public ValueTask<int> PromoteDueAsync(long nowMilliseconds)
    {
        RollBackRefused();
        var count = 0;
        while (_delayed.TryPeek(out var task, out var order) && order.Due <= nowMilliseconds)
        {
            _delayed.Pop();
            MakePending(task);
            count++;
        }

        return new ValueTask<int>(count);
    }

    /// <summary>Puts back a task that the journal kept from an earlier run, scheduled or retrying as it was made.
    /// Tasks come in order of their sequence, before the first other call.</summary>
    public void Restore(QueuedTask task)
    {
        // What is to be tried again held its key; if another has it all the same, it comes to that line when it is due.
        if (task.State == TaskState.Retrying && task.Options.OrderingKey is not null)
            _lines.TryHold(task);
        Place(task, task.DueAtMilliseconds, task.State);
    }

    /// <summary>Any thread: says that a commit was refused. The owner's next call acts on it.</summary>
    public void RollBackLater(CommitRequest request) => _refused.Enqueue(request);

    private ValueTask EnqueueRecorded(IReadOnlyList<QueuedTask> tasks, int committedCount, SqliteJournal journal)
    {
        RollBackRefused();
        var durability = committedCount > 0 ? TaskDurability.Committed : TaskDurability.WriteBehind;
        if (journal.FindRefusal(durability) is { } refusal)
            return ValueTask.FromException(refusal);

        // The caller may use its list again as soon as the call returns: what waits for the commit is copied.
        var committed = committedCount > 0 ? new QueuedTask[committedCount] : [];
        var next = 0;
        for (var i = 0; i < tasks.Count; i++)
        {
            var task = tasks[i];
            AdmitRecorded(task, journal);
            if (task.Durability == TaskDurability.Committed)
                committed[next++] = task;
            else
                journal.Defer(task);
        }

        return committedCount > 0 ? Commit(committed, journal) : journal.WaitForRoomAsync();
    }

    private ValueTask Commit(QueuedTask[] tasks, SqliteJournal journal) =>
        new(journal.CommitAsync(new CommitRequest(this, tasks)));

    private void AdmitRecorded(QueuedTask task, SqliteJournal journal)
    {
        task.RecordState = TaskRecord.Waiting;
        journal.Budget.Add(task.Body!.Length);
        Admit(task);
    }

    private void Admit(QueuedTask task)
    {
        task.Sequence = _sequences.Next();
        if (task.WasArchived)
        {
            _memory?.Take(task.Id);
            MakePending(task);
        }
        else
        {
            Place(task, task.DueAtMilliseconds, TaskState.Scheduled);
        }
    }

    private void Place(QueuedTask task, long dueAtMilliseconds, TaskState delayed)
    {
        if (dueAtMilliseconds <= 0)
        {
            MakePending(task);
            return;
        }

        task.DueAtMilliseconds = dueAtMilliseconds;
        if (task.State != delayed)
            task.MoveTo(delayed);
        _delayed.Push(task, (dueAtMilliseconds, TaskOrder.Of(task)));
    }

    private void MakePending(QueuedTask task)
    {
        task.DueAtMilliseconds = 0;
        task.MoveTo(TaskState.Queued);
        if (HasItsTurn(task))
            _pending.Push(task);
    }

    /// <summary>Leases a task that was just taken out of the pending ones, its attempt counted.</summary>
    private void Hand(QueuedTask task, int recordState, ICollection<QueuedTask> leased)
    {
        task.MoveTo(TaskState.Running);
        task.LeaseToken = ++_lastToken;
        leased.Add(task);
        if (TaskRecord.MustReport(task, recordState))
            _journal!.Defer(task);
    }

    private static bool IsWaiting(TaskState state) =>
        state is TaskState.Queued or TaskState.Scheduled or TaskState.Retrying;

    private static bool IsLeasedBy(QueuedTask task, long token) =>
        task.State == TaskState.Running && task.LeaseToken == token;

    private static void CheckFinal(TaskState final)
    {
        if (!TaskTransitions.IsFinal(final))
            throw new ArgumentOutOfRangeException(nameof(final), final, "A task ends in a final state only.");
    }
}
