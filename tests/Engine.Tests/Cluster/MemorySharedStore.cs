using System.Threading.Channels;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;

namespace ActorBalancer.Engine.Tests.Cluster;

/// <summary>One node's way to <see cref="SharedMemory"/>. It can be cut, as by a network that fails: calls then fail,
/// news are lost, and what is to be told for certain waits.</summary>
internal sealed class MemorySharedStore : ISharedTaskStore
{
    private readonly Dictionary<QueueKey, MemorySharedQueue> _queues = []; // guarded by the memory's lock
    private readonly Channel<Action<SharedNews>> _news = Channel.CreateUnbounded<Action<SharedNews>>();
    private readonly MemorySharedArchive _archive;
    private volatile TaskCompletionSource? _cut;
    private Task _hearing = Task.CompletedTask;
    private int _calls;

    public MemorySharedStore(SharedMemory memory, string node)
    {
        Memory = memory;
        Node = node;
        _archive = new MemorySharedArchive(this);
    }

    public SharedMemory Memory { get; }

    public string Name => "memory";

    public bool IsHealthy => _cut is null;

    public string Node { get; }

    public long NowMilliseconds => Memory.NowMilliseconds;

    /// <summary>Calls made so far.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>Messages of <see cref="SendAsync"/> that this returns true for are lost.</summary>
    public Func<ReadOnlyMemory<byte>, bool> LosesMessage { get; set; } = static _ => false;

    /// <summary>True to carry calls out and lose the answers.</summary>
    public bool LosesAnswers { get; set; }

    public ITaskArchive Archive => _archive;

    public SharedNews News { get; set; } = new();

    public IReadOnlyCollection<QueueKey> Queues
    {
        get
        {
            lock (Memory.Gate)
                return [.. Memory.Queues.Keys];
        }
    }

    /// <summary>From now on nothing of the shared memory can be reached, and no news come.</summary>
    public void Cut()
    {
        _cut = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        News.HealthChanged(false, "cut");
    }

    /// <summary>All can be reached again.</summary>
    public void Mend()
    {
        var cut = _cut;
        _cut = null;
        cut?.TrySetResult();
        News.HealthChanged(true, "mended");
    }

    public ValueTask<StoreContent> OpenAsync(CancellationToken cancellationToken)
    {
        _hearing = HearAsync();
        return ValueTask.FromResult(new StoreContent(
            [], new Dictionary<QueueKey, IReadOnlyCollection<string>>(), new Dictionary<QueueKey, long>(), [])
        {
            Drains = Memory.Drains.ToArray(),
        });
    }

    public ITaskQueue GetQueue(QueueKey key) => GetSharedQueue(key);

    public ISharedTaskQueue GetSharedQueue(QueueKey key)
    {
        lock (Memory.Gate)
        {
            if (!_queues.TryGetValue(key, out var queue))
                _queues.Add(key, queue = new MemorySharedQueue(this, Memory.QueueOf(key)));
            return queue;
        }
    }

    public void RememberFunctions(QueueKey key, IReadOnlyCollection<string> functions)
    {
    }

    public async ValueTask RememberPauseAsync(QueueKey key, long? untilMilliseconds) => await Ask(news =>
    {
        var queue = Memory.QueueOf(key);
        queue.PausedUntil = untilMilliseconds;
        queue.Wake(news);
        return true;
    });

    public async ValueTask<byte[]?> ReadBodyAsync(QueuedTask task) =>
        (await FindAsync(task.Id, withBody: true)).Task?.Task.Body;

    public async ValueTask RememberDrainAsync(string url, bool isDraining)
    {
        await Ask(_ => isDraining ? Memory.Drains.Add(url) : Memory.Drains.Remove(url));
        await TellWorkerAsync(url);
    }

    public ValueTask<IReadOnlyCollection<string>> ReadDrainsAsync() =>
        Ask<IReadOnlyCollection<string>>(_ => Memory.Drains.ToArray());

    public async ValueTask TellWorkerAsync(string url) => await Ask(news =>
    {
        news.Add(() => Memory.TellAll(told => told.WorkerTold(url)));
        return true;
    });

    public ValueTask<SharedLookup> FindAsync(TaskId id, bool withBody) => Ask(_ =>
        Memory.Find(id) is { } cell
            ? new SharedLookup(cell.Show(withBody), false)
            : new SharedLookup(null, Memory.Queues.Values.Any(queue => queue.Gone.Contains(id))));

    public ValueTask<IReadOnlyList<TaskSnapshot>> ListAsync(TaskFilter filter, TaskId? before, int limit) =>
        Ask<IReadOnlyList<TaskSnapshot>>(_ => List(static _ => true, filter, before, limit));

    public ValueTask<KeyHolder> ClaimKeyAsync(IdempotencyMark mark, TaskId id, QueueKey queue, TaskId? instead) =>
        Ask(_ =>
        {
            if (!Memory.Keys.TryGetValue(mark.Key, out var holder) || holder.Id == instead)
                Memory.Keys[mark.Key] = holder = new KeyHolder(id, queue, mark.Body, NowMilliseconds);
            return holder;
        });

    public async ValueTask ReleaseKeyAsync(UInt128 key, TaskId id) => await Ask(_ =>
        Memory.Keys.TryGetValue(key, out var holder) && holder.Id == id && Memory.Keys.Remove(key));

    public ValueTask<bool> WatchAsync(TaskId id) => Ask(_ =>
    {
        if (Memory.Find(id) is not { } cell)
            return false;
        cell.IsWatched = true;
        return true;
    });

    public async ValueTask LeaveDeliveriesAsync(IReadOnlyList<PendingDelivery> deliveries) => await Ask(_ =>
    {
        foreach (var delivery in deliveries)
        {
            if (Memory.Find(delivery.Id) is { Delivery.State: WebhookDeliveryState.Pending } cell)
                cell.DeliveryTakenUntil = delivery.DueAtMilliseconds;
        }

        return true;
    });

    public async ValueTask SendAsync(string node, ReadOnlyMemory<byte> message) => await Ask(news =>
    {
        if (LosesMessage(message))
            return false;
        var copy = message.ToArray();
        news.Add(() => Memory.Tell(node, told => told.MessageReceived(copy)));
        return true;
    });

    public async ValueTask DisposeAsync()
    {
        Memory.Remove(this);
        _cut?.TrySetCanceled();
        _news.Writer.TryComplete();
        await _hearing;
    }

    /// <summary>Tells this node something, after all that it was told before.</summary>
    public void Hear(Action<SharedNews> news)
    {
        if (IsHealthy)
            _news.Writer.TryWrite(news);
    }

    /// <summary>Waits until this node has heard all that it was told so far.</summary>
    public Task HeardAsync()
    {
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Hear(_ => heard.TrySetResult());
        return heard.Task.WaitAsync(TestSignal.Guard);
    }

    /// <summary>Living and ended tasks that pass; under the lock.</summary>
    public List<TaskSnapshot> List(Func<SharedCell, bool> isMeant, TaskFilter filter, TaskId? before, int limit) =>
        Memory.Queues.Values.SelectMany(static queue => queue.Cells.Values)
            .Where(isMeant)
            .Where(cell => before is not { } id || cell.Id.Age < id.Age)
            .OrderByDescending(static cell => cell.Id.Age)
            .Select(static cell => cell.Snapshot() with { Result = null })
            .Where(task => filter.Passes(task.State, task.Queue, task.Function, task.Tags, task.Delivery?.State))
            .Take(limit)
            .ToList();

    /// <summary>Waits until the memory can be reached.</summary>
    public Task ReachAsync() => _cut?.Task ?? Task.CompletedTask;

    public ValueTask<T> Ask<T>(Func<List<Action>, T> act)
    {
        try
        {
            return ValueTask.FromResult(Do(act));
        }
        catch (TaskStoreException exception)
        {
            return ValueTask.FromException<T>(exception);
        }
    }

    /// <summary>Acts under the lock, and tells what came of it after that.</summary>
    public T Do<T>(Func<List<Action>, T> act)
    {
        Interlocked.Increment(ref _calls);
        if (!IsHealthy)
            throw new TaskStoreException("The shared memory cannot be reached.");
        var news = new List<Action>();
        T result;
        lock (Memory.Gate)
            result = act(news);
        Memory.TellChanged();
        foreach (var tell in news)
            tell();
        if (LosesAnswers)
            throw new TaskStoreException("The shared memory did not answer in time.");
        return result;
    }

    private async Task HearAsync()
    {
        await Task.Yield();
        await foreach (var news in _news.Reader.ReadAllAsync())
            news(News);
    }
}
