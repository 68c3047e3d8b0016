using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;
using StackExchange.Redis;

namespace ActorBalancer.Engine.Storage.Redis;

// Ends, retries, and notes of tasks.
internal sealed partial class RedisTaskQueue
{
    /// <summary>Times that a batch which Redis calls faulty is sent before its calls fail.</summary>
    private const int FaultyTriesMax = 3;

    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async ValueTask<bool> CompleteAsync(QueuedTask task, long token, TaskEnd end)
    {
        CheckFinal(end.State);
        if (!IsLeasedBy(task, token))
            return false;
        if (!await ChangeMineAsync(task, token, RedisChange.Complete(task, token, end, CallerElsewhere(task.Caller))))
            return false;
        OnEnded(task, end);
        return true;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> RetryAsync(QueuedTask task, long token, long dueAtMilliseconds, bool countAttempt)
    {
        if (!IsLeasedBy(task, token))
            return false;
        if (!await ChangeMineAsync(task, token, RedisChange.Retry(task, token, dueAtMilliseconds, countAttempt)))
            return false;
        if (!countAttempt)
            task.Attempt--;
        task.DueAtMilliseconds = Math.Max(dueAtMilliseconds, 0);
        task.MoveTo(dueAtMilliseconds > 0 ? TaskState.Retrying : TaskState.Queued);
        return true;
    }

    // A change that fails for good leaves the task running for Redis: what is no longer held here is given back by the
    // look for strangers.
    private async ValueTask<bool> ChangeMineAsync(QueuedTask task, long token, RedisChange change)
    {
        try
        {
            return await ChangeAsync(change);
        }
        finally
        {
            Release(task, token);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> RemoveAsync(QueuedTask task, TaskEnd end)
    {
        CheckFinal(end.State);
        if (task.State == TaskState.Running || TaskTransitions.IsFinal(task.State))
            return false;
        if (!await ChangeAsync(RedisChange.Remove(task, end, CallerElsewhere(task.Caller))))
            return false;
        OnEnded(task, end);
        return true;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> EndAsync(SharedTask seen, IReadOnlyList<AttemptRecord> history, TaskEnd end)
    {
        CheckFinal(end.State);
        var shown = seen.Task.Snapshot;
        if (TaskTransitions.IsFinal(shown.State))
            return false;
        if (!await ChangeAsync(RedisChange.End(
            shown.Id, shown.State, seen.LeaseToken, history, end, CallerElsewhere(seen.Caller))))
            return false;
        _store.NoteEnded(seen.Task.Options, shown.Id, Key, end);
        return true;
    }

    /// <inheritdoc/>
    public void NoteStarted(QueuedTask task, AttemptRecord attempt)
    {
        if (_store.IsClosed)
            return;
        var note = RedisChange.Note(task, attempt);
        _ = note.Task.ContinueWith(
            static failed => failed.Exception, CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        _changes.Add(note);
    }

    private static bool IsLeasedBy(QueuedTask task, long token) =>
        task.State == TaskState.Running && task.LeaseToken == token;

    private static void CheckFinal(TaskState final)
    {
        if (!TaskTransitions.IsFinal(final))
            throw new ArgumentOutOfRangeException(nameof(final), final, "A task ends in a final state only.");
    }

    private string CallerElsewhere(string? caller) => caller is null || caller == _store.NodeName ? "" : caller;

    private void OnEnded(QueuedTask task, TaskEnd end)
    {
        task.MoveTo(end.State);
        task.Body = null;
        _store.NoteEnded(task.Options, task.Id, Key, end);
    }

    private Task<bool> ChangeAsync(RedisChange change)
    {
        if (FindRefusal() is { } refusal)
            throw refusal;
        _changes.Add(change);
        return change.Task;
    }

    private async Task SendChangesAsync(List<RedisChange> batch)
    {
        var arguments = WriteChanges(batch);
        var wait = FirstWait;
        for (var tries = 1; ; tries++)
        {
            try
            {
                var answer = (RedisResult[])(await _store.Link.RunAsync(ChangeScript, _slot, arguments))!;
                Learn(RedisCounts.Read(answer[0]));
                RedisMetrics.Moves.Add(batch.Count);
                Answer(batch, (string)answer[1]!);
                return;
            }
#pragma warning disable CA1031 // Whatever it is, those who wait are told, or it is tried again.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                if (!MustTryAgain(batch, exception, tries))
                    return;
            }

            if (!await _store.WaitAsync(wait))
            {
                var closed = new TaskStoreException($"Queue {Key}: the store was closed before Redis answered.");
                Fail(batch, closed, all: true);
                return;
            }

            wait = wait * 2 < LongestWait ? wait * 2 : LongestWait;
        }
    }

    /// <summary>Tells those who do not insist.</summary>
    /// <returns>True when somebody does.</returns>
    private bool MustTryAgain(List<RedisChange> batch, Exception exception, int tries)
    {
        var failure = exception as TaskStoreException
            ?? new TaskStoreException($"Queue {Key}: {exception.Message}", exception);
        var isFaulty = exception is not RedisFailure { Trouble: not RedisTrouble.Faulty };
        Fail(batch, failure, all: isFaulty && tries >= FaultyTriesMax);
        if (!isFaulty)
            Fail(_changes.Waiting, failure, all: false);
        if (tries == 1)
            _store.LogChangesWait(Key, batch.Count, failure.Message);
        return batch.Exists(change => !change.IsDropped);
    }

    private static void Fail(IEnumerable<RedisChange> changes, TaskStoreException failure, bool all)
    {
        foreach (var change in changes)
        {
            if (all || !change.IsStubborn)
                change.Fail(failure);
        }
    }

    private RedisValue[] WriteChanges(List<RedisChange> batch)
    {
        const int head = 5;
        var arguments = new RedisValue[head + batch.Sum(change => change.Arguments.Length)];
        arguments[0] = _prefix;
        arguments[1] = _name;
        arguments[2] = _node;
        arguments[3] = ++_batchNumber;
        arguments[4] = batch.Count;
        var next = head;
        foreach (var change in batch)
        {
            change.Arguments.CopyTo(arguments, next);
            next += change.Arguments.Length;
        }

        return arguments;
    }

    private static void Answer(List<RedisChange> batch, string answers)
    {
        for (var i = 0; i < batch.Count; i++)
            batch[i].TrySetResult(i < answers.Length && answers[i] == '1');
    }
}
