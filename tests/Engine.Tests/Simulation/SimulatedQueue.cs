using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Journal;
using ActorBalancer.Engine.Tasks;
using Shouldly;

namespace ActorBalancer.Engine.Tests.Simulation;

/// <summary>The real queue in memory, with its changes told to the simulated journal and watched by the promises.
/// </summary>
internal sealed class SimulatedQueue(
    SimulationLoop loop, SimulatedStore store, LocalTaskQueue inner, Promises promises) : ITaskQueue
{
    private readonly Queue<QueuedTask[]> _refused = new();
    private readonly List<QueuedTask> _living = [];

    /// <summary>Tasks with an ordering key that have come to the line of their key and not ended, in that order.
    /// </summary>
    private readonly List<QueuedTask> _arrived = [];

    public QueueKey Key => inner.Key;

    public int PendingCount
    {
        get
        {
            RollBack();
            return inner.PendingCount;
        }
    }

    public int DelayedCount
    {
        get
        {
            RollBack();
            return inner.DelayedCount;
        }
    }

    public long? NextDueMilliseconds
    {
        get
        {
            RollBack();
            return inner.NextDueMilliseconds;
        }
    }

    public IReadOnlyList<QueuedTask> Living => _living;

    public int LivingCount => _living.Count;

    public void Restore(QueuedTask task)
    {
        inner.Restore(task);
        _living.Add(task);

        // What waits for its next attempt held its key when the last life ended.
        if (task.State == TaskState.Queued || (task.State == TaskState.Retrying && FirstOf(task) is null))
            Arrive(task);
    }

    public void RollBackLater(QueuedTask[] tasks) => _refused.Enqueue(tasks);

    public ValueTask EnqueueAsync(QueuedTask task) => EnqueueAsync([task]);

    public ValueTask EnqueueAsync(IReadOnlyList<QueuedTask> tasks)
    {
        RollBack();
        var committed = tasks.Where(task => task.Durability == TaskDurability.Committed).ToArray();
        if (!store.IsHealthy && loop.Chance(0.5))
            return ValueTask.FromException(new TaskStoreException("the simulated disk fails"));
        inner.EnqueueAsync(tasks).AsTask().IsCompletedSuccessfully.ShouldBeTrue();
        _living.AddRange(tasks);
        foreach (var task in tasks.Where(task => task.State == TaskState.Queued))
            Arrive(task);
        foreach (var task in tasks.Where(task => task.Durability == TaskDurability.WriteBehind))
            loop.In(loop.Random.Next(100), () => store.Defer(task));
        if (committed.Length > 0)
            return store.Commit(this, committed);
        if (store.IsHealthy || loop.Chance(0.8))
            return default;
        var room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.In(loop.Random.Next(50), room.SetResult);
        return new ValueTask(room.Task);
    }

    public ValueTask<int> LeaseAsync(int max, ICollection<QueuedTask> leased)
    {
        RollBack();
        if (loop.Chance(0.03))
            return LoadAsync();
        var expected = _living
            .Where(task => task.State == TaskState.Queued && (FirstOf(task) ?? task) == task)
            .OrderBy(task => task.Priority).ThenBy(task => task.Sequence).Take(max).ToArray();
        var before = leased.Count;
        var count = Done(inner.LeaseAsync(max, leased));
        if (!leased.Skip(before).SequenceEqual(expected))
            loop.Break("a task passed another one of its priority, of a higher one, or of its ordering key");
        foreach (var task in expected)
        {
            promises.OnLeased(task);
            store.Defer(task);
        }

        return new ValueTask<int>(count);
    }

    public ValueTask<bool> CompleteAsync(QueuedTask task, long token, TaskEnd end) =>
        End(task, end, () => Done(inner.CompleteAsync(task, token, end)));

    public ValueTask<bool> RemoveAsync(QueuedTask task, TaskEnd end) =>
        End(task, end, () => Done(inner.RemoveAsync(task, end)));

    public ValueTask<bool> RetryAsync(QueuedTask task, long token, long dueAtMilliseconds, bool countAttempt)
    {
        RollBack();
        var done = Done(inner.RetryAsync(task, token, dueAtMilliseconds, countAttempt));
        if (done)
            store.Defer(task);
        return new ValueTask<bool>(done);
    }

    public ValueTask<int> PromoteDueAsync(long nowMilliseconds)
    {
        RollBack();
        var due = _living
            .Where(task => task.State is TaskState.Scheduled or TaskState.Retrying
                && task.DueAtMilliseconds <= nowMilliseconds)
            .OrderBy(task => task.DueAtMilliseconds).ThenBy(task => task.Priority).ThenBy(task => task.Sequence)
            .ToArray();
        var count = Done(inner.PromoteDueAsync(nowMilliseconds));
        if (count != due.Length)
            loop.Break($"{count} tasks were made pending, and {due.Length} were due");
        foreach (var task in due)
            Arrive(task);
        return new ValueTask<int>(count);
    }

    private void Arrive(QueuedTask task)
    {
        if (task.Options.OrderingKey is not null && !_arrived.Contains(task))
            _arrived.Add(task);
    }

    /// <summary>The task that has its turn of those with the task's key; null when there is none.</summary>
    private QueuedTask? FirstOf(QueuedTask task) => task.Options.OrderingKey is { } key
        ? _arrived.Find(arrived => arrived.Options.OrderingKey == key)
        : null;

    private ValueTask<bool> End(QueuedTask task, TaskEnd end, Func<bool> act)
    {
        RollBack();
        var body = task.Body;
        if (!act())
            return new ValueTask<bool>(false);
        _living.Remove(task);
        _arrived.Remove(task);
        return store.End(task, body, end);
    }

    // Bodies that must be read first: nothing is leased now.
    private ValueTask<int> LoadAsync()
    {
        var load = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.In(loop.Random.Next(30), () =>
        {
            if (store.IsHealthy)
                load.SetResult(0);
            else
                load.SetException(new TaskStoreException("the simulated disk cannot be read"));
        });
        return new ValueTask<int>(load.Task);
    }

    // What was leased before its commit was refused lives on, and is written like any other.
    private void RollBack()
    {
        while (_refused.TryDequeue(out var tasks))
        {
            foreach (var task in tasks.Where(task => !TaskRecord.HasEnded(task)))
            {
                if (task.LeaseToken != 0)
                {
                    store.Defer(task);
                    continue;
                }

                _living.Remove(task);
                _arrived.Remove(task);
                inner.RollBackLater(new CommitRequest(inner, [task]));
            }
        }
    }

    // Without a journal the real queue does everything at once.
    private static T Done<T>(ValueTask<T> act) =>
        act.IsCompletedSuccessfully ? act.Result : throw new InvalidOperationException("not done at once");
}
