using System.Collections.Frozen;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Queues;

/// <summary>Finds the queue of a group and contract without a lock. One writer: the supervisor of the queues.</summary>
internal sealed class RouteMap
{
    private volatile FrozenDictionary<QueueKey, QueueRoute> _routes = FrozenDictionary<QueueKey, QueueRoute>.Empty;

    /// <summary>The queue's route; null when nobody ever served it.</summary>
    public QueueRoute? Find(QueueKey key) => _routes.GetValueOrDefault(key);

    /// <summary>All routes.</summary>
    public IReadOnlyCollection<QueueRoute> All => _routes.Values;

    /// <summary>Adds routes. The map is built anew, so many are to come at once.</summary>
    public void Add(IEnumerable<QueueRoute> routes) =>
        _routes = _routes.Values.Concat(routes).ToFrozenDictionary(static route => route.Key);
}
