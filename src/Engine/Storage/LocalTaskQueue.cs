using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage;

/// <summary>
/// A queue in the memory of this process. Strict priority, then sequence; a task that comes back takes its old place.
/// Owned by one caller at a time, as <see cref="ITaskQueue"/> says.
/// </summary>
/// <remarks>
/// Q1: a task that has not ended is in exactly one place: pending (<see cref="TaskState.Queued"/>), delayed
/// (<see cref="TaskState.Retrying"/>) or with the owner (<see cref="TaskState.Running"/>).
/// Q2: a token is given out once, and later ones are greater.
/// </remarks>
internal sealed class LocalTaskQueue : ITaskQueue
{
    private readonly TaskHeap<ulong> _pending = new();
    private readonly TaskHeap<long> _delayed = new();
    private readonly SequenceSource _sequences;
    private readonly TimeProvider _timeProvider;
    private long _lastToken;

    /// <summary>Makes an empty queue.</summary>
    public LocalTaskQueue(QueueKey key, SequenceSource sequences, TimeProvider timeProvider)
    {
        Key = key;
        _sequences = sequences;
        _timeProvider = timeProvider;
    }

    /// <inheritdoc/>
    public QueueKey Key { get; }

    /// <inheritdoc/>
    public int PendingCount => _pending.Count;

    /// <inheritdoc/>
    public int DelayedCount => _delayed.Count;

    /// <inheritdoc/>
    public long? NextDueMilliseconds => _delayed.TryPeek(out _, out var due) ? due : null;

    /// <inheritdoc/>
    public ValueTask EnqueueAsync(QueuedTask task)
    {
        TaskOrder.Check(task);
        Admit(task);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask EnqueueAsync(IReadOnlyList<QueuedTask> tasks)
    {
        // All are checked before the first goes in: a batch is refused as a whole.
        for (var i = 0; i < tasks.Count; i++)
            TaskOrder.Check(tasks[i]);
        for (var i = 0; i < tasks.Count; i++)
            Admit(tasks[i]);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<int> LeaseAsync(int max, ICollection<QueuedTask> leased)
    {
        var count = 0;
        while (count < max && _pending.TryPeek(out var task, out _))
        {
            _pending.Pop();
            task.State = TaskState.Running;
            task.Attempt++;
            task.LeaseToken = ++_lastToken;
            leased.Add(task);
            count++;
        }

        return new ValueTask<int>(count);
    }

    /// <inheritdoc/>
    public ValueTask<bool> CompleteAsync(QueuedTask task, long token, TaskState final)
    {
        CheckFinal(final);
        if (!IsLeasedBy(task, token))
            return new ValueTask<bool>(false);

        End(task, final);
        return new ValueTask<bool>(true);
    }

    /// <inheritdoc/>
    public ValueTask<bool> RetryAsync(QueuedTask task, long token, long dueAtMilliseconds, bool countAttempt)
    {
        if (!IsLeasedBy(task, token))
            return new ValueTask<bool>(false);

        if (!countAttempt)
            task.Attempt--;
        Place(task, dueAtMilliseconds);
        return new ValueTask<bool>(true);
    }

    /// <inheritdoc/>
    public ValueTask<bool> RemoveAsync(QueuedTask task, TaskState final)
    {
        CheckFinal(final);
        switch (task.State)
        {
            case TaskState.Queued when !TaskRecord.HasEnded(task):
                End(task, final);
                _pending.NoteEnded();
                return new ValueTask<bool>(true);
            case TaskState.Retrying when !TaskRecord.HasEnded(task):
                End(task, final);
                _delayed.NoteEnded();
                return new ValueTask<bool>(true);
            default:
                return new ValueTask<bool>(false);
        }
    }

    /// <inheritdoc/>
    public int PromoteDue(long nowMilliseconds)
    {
        var count = 0;
        while (_delayed.TryPeek(out var task, out var due) && due <= nowMilliseconds)
        {
            _delayed.Pop();
            Place(task, 0);
            count++;
        }

        return count;
    }

    private void Admit(QueuedTask task)
    {
        task.Sequence = _sequences.Next();
        Place(task, task.DueAtMilliseconds);
    }

    private void Place(QueuedTask task, long dueAtMilliseconds)
    {
        if (dueAtMilliseconds > 0 && dueAtMilliseconds > _timeProvider.GetUtcNow().ToUnixTimeMilliseconds())
        {
            task.DueAtMilliseconds = dueAtMilliseconds;
            task.State = TaskState.Retrying;
            _delayed.Push(task, dueAtMilliseconds);
        }
        else
        {
            task.DueAtMilliseconds = 0;
            task.State = TaskState.Queued;
            _pending.Push(task, TaskOrder.Of(task));
        }
    }

    private static void End(QueuedTask task, TaskState final)
    {
        task.State = final;
        TaskRecord.EndUnrecorded(task);
        task.Body = null;
    }

    private static bool IsLeasedBy(QueuedTask task, long token) =>
        task.State == TaskState.Running && task.LeaseToken == token;

    private static void CheckFinal(TaskState final)
    {
        if (final < TaskState.Succeeded)
            throw new ArgumentOutOfRangeException(nameof(final), final, "A task ends in a final state only.");
    }
}
