using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;

namespace ActorBalancer.Engine.Tests.Cluster;

/// <summary>
/// What the nodes of a test's cluster share: the queues, the keys, the clock. Everything is under one lock; each node
/// reaches it through a <see cref="MemorySharedStore"/> of its own.
/// </summary>
internal sealed class SharedMemory(TimeProvider time)
{
    private readonly List<MemorySharedStore> _nodes = []; // guarded by Gate
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _lives;

    public Lock Gate { get; } = new();

    public TimeProvider Time => time;

    /// <summary>Most tasks in one queue, waiting or running.</summary>
    public int QueueLimit { get; set; } = 1_000_000;

    /// <summary>Queues by name; guarded by <see cref="Gate"/>.</summary>
    public Dictionary<QueueKey, SharedMemoryQueue> Queues { get; } = [];

    /// <summary>Workers that get no new tasks; guarded by <see cref="Gate"/>.</summary>
    public HashSet<string> Drains { get; } = [];

    /// <summary>Idempotency keys; guarded by <see cref="Gate"/>.</summary>
    public Dictionary<UInt128, KeyHolder> Keys { get; } = [];

    public long NowMilliseconds => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>A node of this cluster; open it before use.</summary>
    public MemorySharedStore AddNode(string id)
    {
        lock (Gate)
        {
            var node = new MemorySharedStore(this, $"{id}.{++_lives}");
            _nodes.Add(node);
            return node;
        }
    }

    public void Remove(MemorySharedStore node)
    {
        lock (Gate)
            _nodes.Remove(node);
    }

    /// <summary>The queue of that name; under the lock.</summary>
    public SharedMemoryQueue QueueOf(QueueKey key)
    {
        if (!Queues.TryGetValue(key, out var queue))
            Queues.Add(key, queue = new SharedMemoryQueue(this, key));
        return queue;
    }

    /// <summary>A task in whatever queue; under the lock.</summary>
    public SharedCell? Find(TaskId id)
    {
        foreach (var queue in Queues.Values)
        {
            if (queue.Cells.TryGetValue(id, out var cell))
                return cell;
        }

        return null;
    }

    /// <summary>Tells all nodes that can be reached.</summary>
    public void TellAll(Action<SharedNews> news)
    {
        foreach (var node in Nodes())
            node.Hear(news);
    }

    /// <summary>Tells one life of a node, if it can be reached.</summary>
    public void Tell(string? life, Action<SharedNews> news)
    {
        foreach (var node in Nodes())
        {
            if (node.Node == life)
                node.Hear(news);
        }
    }

    /// <summary>Says that something may have changed.</summary>
    public void TellChanged() => Interlocked.Exchange(
        ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    /// <summary>Waits until that is so; looks at every change, under the lock.</summary>
    public async Task WaitForAsync(Func<bool> condition, string what)
    {
        while (true)
        {
            var changed = Volatile.Read(ref _changed).Task;
            lock (Gate)
            {
                if (condition())
                    return;
            }

            try
            {
                await changed.WaitAsync(TestSignal.Guard);
            }
            catch (TimeoutException exception)
            {
                throw new TimeoutException($"Waited for {what}.", exception);
            }
        }
    }

    private MemorySharedStore[] Nodes()
    {
        lock (Gate)
            return [.. _nodes];
    }
}
