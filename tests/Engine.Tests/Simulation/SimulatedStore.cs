using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Tests.Simulation;

/// <summary>
/// The store of one life: the real queues in memory, and a journal that commits what it was given in order, later, in
/// transactions of any size, each whole or not at all.
/// </summary>
internal sealed class SimulatedStore(
    SimulationLoop loop, SimulatedLife life, SimulatedDisk disk, Promises promises) : ITaskStore
{
    /// <summary>Something to write. One that cannot be refused is tried until it succeeds.</summary>
    private sealed record Write(string What, Action Apply, Action? Done, Action<TaskStoreException>? Refused);

    private readonly List<Write> _journal = [];
    private readonly Dictionary<QueueKey, SimulatedQueue> _queues = [];
    private readonly SequenceSource _sequences = new();
    private int _writing;
    private bool _armed;
    private bool _isClosed;

    public string Name => "simulated";

    public bool IsHealthy { get; private set; } = true;

    public ITaskArchive Archive { get; } = new SimulatedArchive(loop, disk);

    /// <summary>True when all is on disk.</summary>
    public bool IsSettled => _journal.Count == 0;

    /// <summary>Tasks that have not ended.</summary>
    public int LivingCount => _queues.Values.Sum(queue => queue.LivingCount);

    public IEnumerable<SimulatedQueue> Queues => _queues.Values;

    public async ValueTask<StoreContent> OpenAsync(CancellationToken cancellationToken)
    {
        disk.Epoch++;
        var opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.In(loop.Random.Next(20), opened.SetResult);
        await opened.Task;
        _sequences.StartAfter(disk.LastSequence);
        var tasks = disk.Read();
        foreach (var task in tasks)
            QueueOf(task.Queue).Restore(task);
        return new StoreContent(
            tasks,
            new Dictionary<QueueKey, IReadOnlyCollection<string>>(disk.Functions),
            new Dictionary<QueueKey, long>(disk.Pauses),
            [])
        {
            Drains = [.. disk.Drains],
        };
    }

    public ITaskQueue GetQueue(QueueKey key) => QueueOf(key);

    public void RememberFunctions(QueueKey key, IReadOnlyCollection<string> functions) => Append(new Write(
        "functions",
        () => disk.Functions[key] =
            [.. functions.Union(disk.Functions.GetValueOrDefault(key, [])).Order(StringComparer.Ordinal)],
        null,
        null));

    public ValueTask RememberPauseAsync(QueueKey key, long? untilMilliseconds)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Append(new Write(
            "pause",
            () =>
            {
                if (untilMilliseconds is { } until)
                    disk.Pauses[key] = until;
                else
                    disk.Pauses.Remove(key);
            },
            done.SetResult,
            done.SetException));
        return new ValueTask(done.Task);
    }

    public ValueTask<byte[]?> ReadBodyAsync(QueuedTask task) => new(disk.Tasks.GetValueOrDefault(task.Id)?.Body);

    public ValueTask RememberDrainAsync(string url, bool isDraining)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Append(new Write(
            "drain",
            () => _ = isDraining ? disk.Drains.Add(url) : disk.Drains.Remove(url),
            done.SetResult,
            done.SetException));
        return new ValueTask(done.Task);
    }

    /// <summary>Commits tasks; all or none.</summary>
    public ValueTask Commit(SimulatedQueue queue, QueuedTask[] tasks)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var bodies = tasks.Select(task => task.Body).ToArray();
        Append(new Write(
            "tasks",
            () =>
            {
                // Also one that has ended meanwhile: its end stands behind it in the journal and may not be reached.
                for (var i = 0; i < tasks.Length; i++)
                {
                    if (tasks[i].WasArchived)
                        disk.Archive.Take(tasks[i].Id);
                    disk.Put(tasks[i], bodies[i]);
                }
            },
            done.SetResult,
            reason =>
            {
                queue.RollBackLater(tasks);
                done.SetException(reason);
            }));
        return new ValueTask(done.Task);
    }

    /// <summary>Writes a task, or what changed of it, when there is time.</summary>
    public void Defer(QueuedTask task) => Append(new Write("progress", () => PutLiving(task), null, null));

    /// <summary>Writes how a task ended.</summary>
    public ValueTask<bool> End(QueuedTask task, byte[]? body, TaskEnd end)
    {
        var ended = SimulatedDisk.Copy(task, body, task.State);
        var done = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        Append(new Write(
            "end",
            () =>
            {
                disk.Tasks.Remove(ended.Id);
                disk.Archive.Keep(ended, end);
            },
            () => done.SetResult(true),
            null));
        return end.KeptUntilMilliseconds is null && !end.HasDelivery
            ? new ValueTask<bool>(true)
            : new ValueTask<bool>(done.Task);
    }

    /// <summary>A kill in the middle of a transaction leaves it, or nothing of it.</summary>
    public void Kill()
    {
        if (_writing > 0 && loop.Chance(0.5))
            Apply();
    }

    public ValueTask DisposeAsync()
    {
        while (_journal.Count > 0)
        {
            _writing = _journal.Count;
            Finish(fails: false);
        }

        _isClosed = true;

        return default;
    }

    private SimulatedQueue QueueOf(QueueKey key)
    {
        if (!_queues.TryGetValue(key, out var queue))
        {
            var inner = new LocalTaskQueue(key, _sequences, life.Time, null, new MemoryArchive(life.Time))
            {
                TokenBase = disk.Epoch << 20,
            };
            _queues.Add(key, queue = new SimulatedQueue(loop, this, inner, promises));
        }

        return queue;
    }

    private void PutLiving(QueuedTask task)
    {
        if (TaskRecord.HasEnded(task))
            return;
        if (task.WasArchived)
            disk.Archive.Take(task.Id);
        disk.Put(task, task.Body);
    }

    private void Append(Write write)
    {
        if (_isClosed)
        {
            write.Refused?.Invoke(new TaskStoreException("the simulated store is closed"));
            return;
        }

        _journal.Add(write);
        Arm();
    }

    private void Arm()
    {
        if (_armed || _journal.Count == 0)
            return;
        _armed = true;
        loop.In(loop.Random.Next(5), Begin);
    }

    private void Begin()
    {
        if (life.IsOver || _journal.Count == 0)
        {
            _armed = false;
            return;
        }

        _writing = loop.Random.Next(_journal.Count) + 1;
        loop.In(loop.Random.Next(disk.SlowestWrite), () =>
        {
            if (!life.IsOver)
                Finish(disk.Fails());
            _armed = false;
            Arm();
        });
    }

    private void Apply()
    {
        foreach (var write in _journal.Take(_writing))
            write.Apply();
    }

    private void Finish(bool fails)
    {
        // The engine may have been disposed of while the transaction ran: then all is written already.
        var writes = _journal.GetRange(0, Math.Min(_writing, _journal.Count));
        if (writes.Count == 0)
            return;
        IsHealthy = !fails;
        loop.Tell($"disk {(fails ? "refuses" : "commits")} {string.Join(' ', writes.Select(write => write.What))}");
        _journal.RemoveRange(0, writes.Count);
        _writing = 0;
        if (!fails)
        {
            foreach (var write in writes)
                write.Apply();
            foreach (var write in writes)
                write.Done?.Invoke();
            return;
        }

        _journal.InsertRange(0, writes.Where(write => write.Refused is null));
        foreach (var write in writes)
            write.Refused?.Invoke(new TaskStoreException("the simulated disk refuses"));
    }
}
