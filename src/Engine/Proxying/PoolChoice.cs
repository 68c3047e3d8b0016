using ActorBalancer.Actors.Routing;

namespace ActorBalancer.Engine.Proxying;

/// <summary>What requests read of a pool: who may be chosen, and who may be named. Immutable; the pool's actor puts a
/// new one in its place.</summary>
internal sealed class PoolChoice
{
    private readonly Dictionary<string, Backend>.AlternateLookup<ReadOnlySpan<char>> _byId;

    /// <summary>Makes it.</summary>
    /// <param name="strategy">What makes tables.</param>
    /// <param name="table">Over those that may be chosen for anybody.</param>
    /// <param name="named">Those that a cookie may name, identities unique.</param>
    /// <param name="all">Everybody, in the order of the status.</param>
    public PoolChoice(
        RoutingStrategy strategy, RoutingTable<Backend> table, IReadOnlyList<Backend> named, IReadOnlyList<Backend> all)
    {
        Strategy = strategy;
        Table = table;
        Named = named;
        All = all;
        _byId = named.ToDictionary(static backend => backend.Id, StringComparer.Ordinal)
            .GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public RoutingStrategy Strategy { get; }

    public RoutingTable<Backend> Table { get; }

    public IReadOnlyList<Backend> Named { get; }

    public IReadOnlyList<Backend> All { get; }

    public Backend? Find(ReadOnlySpan<char> id) => _byId.TryGetValue(id, out var backend) ? backend : null;

    /// <summary>Chooses somebody with room whom the request has not tried; null when there is nobody.</summary>
    public Backend? Select(in PickRequest request)
    {
        if (request.Tried is not { Count: > 0 } tried)
            return Table.Select(new RoutingRequest(request.KeyHash));

        // Strategies that go round or draw give somebody else when they are asked again.
        var route = new RoutingRequest(request.KeyHash, tried[^1]);
        for (var round = 0; round < Table.Targets.Length; round++)
        {
            var backend = Table.Select(route);
            if (backend is null)
                break;
            if (!request.WasAt(backend))
                return backend;
        }

        // The others rank all targets and give the same one again: they rank those that are left.
        var left = new List<Backend>();
        foreach (var backend in Table.Targets)
        {
            if (!request.WasAt(backend))
                left.Add(backend);
        }

        return Strategy.CreateTable([.. left]).Select(new RoutingRequest(request.KeyHash));
    }

    /// <summary>Whether there is anybody who could take the request if there were room.</summary>
    public bool IsAnyLeft(in PickRequest request)
    {
        if (request.Named is { Gate: > BackendGate.Closed } named && !request.WasAt(named))
            return true;
        foreach (var backend in Table.Targets)
        {
            if (backend.Gate == BackendGate.Open && !request.WasAt(backend))
                return true;
        }

        return false;
    }
}
