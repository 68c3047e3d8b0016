using System.Collections.Frozen;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Engine.Cluster;

/// <summary>The workers of all nodes, as the nodes tell of them. Read from any thread without a lock.</summary>
internal sealed class ClusterFleet
{
    private volatile FleetSnapshot _workers = new([], []);
    private volatile FrozenDictionary<QueueKey, ClusterQueue> _queues =
        FrozenDictionary<QueueKey, ClusterQueue>.Empty;

    /// <summary>All workers, by URL.</summary>
    public FleetSnapshot Workers => _workers;

    /// <summary>All queues that have, or had, workers.</summary>
    public IReadOnlyCollection<ClusterQueue> Queues => _queues.Values;

    /// <summary>A queue; null when no worker ever served it.</summary>
    public ClusterQueue? Find(QueueKey key) => _queues.GetValueOrDefault(key);

    /// <summary>Puts a new picture in place.</summary>
    public void Publish(FleetSnapshot workers, IEnumerable<ClusterQueue> queues)
    {
        _workers = workers;
        _queues = queues.ToFrozenDictionary(static queue => queue.Key);
    }
}

/// <summary>What intake knows of a queue.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Functions">What its valid workers offer now.</param>
/// <param name="Seen">What any worker of it ever offered.</param>
/// <param name="IsServing">True when some worker takes tasks, if not now then when a slot gets free.</param>
/// <param name="HasAllKeys">True when every worker of it has a key of its own, and there is one.</param>
internal sealed record ClusterQueue(
    QueueKey Key, FrozenSet<string> Functions, FrozenSet<string> Seen, bool IsServing, bool HasAllKeys);
