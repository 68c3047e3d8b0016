using ActorBalancer.Engine.Storage.Journal;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage;

/// <summary>The ended tasks of a store without a disk. Thread-safe: one lock around short calls; lists and counts look
/// at every task, as fits a store that is for tests and trials.</summary>
internal sealed class MemoryArchive(TimeProvider timeProvider) : ITaskArchive
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<UInt128, ArchivedTask> _tasks = []; // guarded by _gate; by age
    private readonly Dictionary<TaskId, long> _gone = []; // guarded by _gate; until when it is remembered

    /// <summary>Keeps what is to be kept of a task that has just ended.</summary>
    public void Keep(QueuedTask task, TaskEnd end)
    {
        if (end.KeptUntilMilliseconds is null && !end.HasDelivery)
            return;
        lock (_gate)
        {
            if (end.HasDelivery || end.KeptUntilMilliseconds > end.AtMilliseconds)
                _tasks[task.Id.Age] = Make(task, end);
            else
                _gone[task.Id] = end.AtMilliseconds + ArchiveWriter.MemoryMilliseconds;
        }
    }

    /// <summary>Takes out a task that comes back.</summary>
    public void Take(TaskId id)
    {
        lock (_gate)
            _tasks.Remove(id.Age);
    }

    /// <inheritdoc/>
    public ValueTask<ArchiveLookup> FindAsync(TaskId id, bool withBody)
    {
        lock (_gate)
        {
            return new ValueTask<ArchiveLookup>(_tasks.TryGetValue(id.Age, out var task)
                ? new ArchiveLookup(withBody ? task : task with { Body = null }, false)
                : new ArchiveLookup(null, _gone.ContainsKey(id)));
        }
    }

    /// <inheritdoc/>
    public ValueTask<ArchivedTask?> FindByKeyAsync(UInt128 idempotencyKey)
    {
        lock (_gate)
        {
            var found = _tasks.Values.LastOrDefault(task => task.Options.Idempotency?.Key == idempotencyKey);
            return new ValueTask<ArchivedTask?>(found is null ? null : found with { Body = null });
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<TaskSnapshot>> ListAsync(TaskFilter filter, TaskId? before, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var end = before is { } id ? id.Age : (UInt128?)null;
        lock (_gate)
        {
            return new ValueTask<IReadOnlyList<TaskSnapshot>>(_tasks
                .Where(entry => (end is null || entry.Key < end) && Matches(entry.Value.Snapshot, filter))
                .Select(entry => entry.Value.Snapshot with { Result = null })
                .Reverse()
                .Take(limit)
                .ToList());
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyDictionary<(QueueKey Queue, TaskState State), long>> CountAsync()
    {
        lock (_gate)
        {
            return new ValueTask<IReadOnlyDictionary<(QueueKey, TaskState), long>>(_tasks.Values
                .GroupBy(task => (task.Snapshot.Queue, task.Snapshot.State))
                .ToDictionary(group => group.Key, group => (long)group.Count()));
        }
    }

    /// <inheritdoc/>
    public ValueTask<int> DeleteAsync(IReadOnlyList<TaskId> ids)
    {
        var until = timeProvider.GetUtcNow().ToUnixTimeMilliseconds() + ArchiveWriter.MemoryMilliseconds;
        lock (_gate)
            return new ValueTask<int>(ids.Count(id => Forget(id, until)));
    }

    /// <inheritdoc/>
    public ValueTask SaveDeliveryAsync(TaskId id, WebhookDelivery delivery, long keptUntilMilliseconds)
    {
        var until = delivery.State == WebhookDeliveryState.Pending ? 0 : keptUntilMilliseconds;
        lock (_gate)
        {
            var order = id.Age;
            if (_tasks.TryGetValue(order, out var task))
            {
                _tasks[order] = task with
                {
                    Snapshot = task.Snapshot with { Delivery = delivery, KeptUntilMilliseconds = until },
                };
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<int> SweepAsync(long nowMilliseconds)
    {
        lock (_gate)
        {
            var over = _tasks.Values.Select(task => task.Snapshot)
                .Where(task => task.KeptUntilMilliseconds > 0 && task.KeptUntilMilliseconds <= nowMilliseconds)
                .ToList();
            foreach (var task in over)
                Forget(task.Id, nowMilliseconds + ArchiveWriter.MemoryMilliseconds);
            foreach (var (id, until) in _gone)
            {
                if (until <= nowMilliseconds)
                    _gone.Remove(id);
            }

            var surplus = _gone.Count - ArchiveWriter.MemoriesMax;
            if (surplus > 0)
            {
                foreach (var (id, _) in _gone.OrderBy(memory => memory.Value).Take(surplus).ToList())
                    _gone.Remove(id);
            }

            return new ValueTask<int>(over.Count);
        }
    }

    private bool Forget(TaskId id, long until)
    {
        if (!_tasks.Remove(id.Age))
            return false;
        _gone[id] = until;
        return true;
    }

    private static bool Matches(TaskSnapshot task, TaskFilter filter) =>
        filter.Passes(task.State, task.Queue, task.Function, task.Tags, task.Delivery?.State);

    private static ArchivedTask Make(QueuedTask task, TaskEnd end) => new()
    {
        Options = task.Options,
        Body = task.Body,
        WorkerKey = task.WorkerKey,
        TraceParent = task.TraceParent,
        Attempt = task.Attempt,
        Events = [.. end.Events],
        Snapshot = TaskSnapshots.Of(task, end),
    };
}
