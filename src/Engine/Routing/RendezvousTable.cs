using ActorBalancer.Actors.Routing;

namespace ActorBalancer.Engine.Routing;

/// <summary>Bounded-load rendezvous hashing; the reasons stand at <see cref="ConsistentHashStrategy"/>.</summary>
internal sealed class RendezvousTable<TTarget> : RoutingTable<TTarget>
    where TTarget : class, IRoutingTarget
{
    private readonly double _loadFactor;
    private readonly ulong[] _idHashes;
    private readonly int[] _weights;
    private readonly bool _weightsDiffer;

    /// <summary>Chooses for requests without a key.</summary>
    private readonly CheapestTable<TTarget, RelativeLoad> _keyless;

    public RendezvousTable(TTarget[] targets, double loadFactor, RoutingTable<TTarget>? previous)
        : base(targets)
    {
        _loadFactor = loadFactor;
        _idHashes = Array.ConvertAll(targets, target => RoutingKey.Hash(target.Id));
        _weights = Array.ConvertAll(targets, RoutingTargets.WeightOf);
        _weightsDiffer = _weights.AsSpan().ContainsAnyExcept(_weights.FirstOrDefault());
        _keyless = new CheapestTable<TTarget, RelativeLoad>(targets, (previous as RendezvousTable<TTarget>)?._keyless);
    }

    public override TTarget? Select(in RoutingRequest request)
    {
        if (request.KeyHash == 0)
            return _keyless.Select(request);

        int home = -1;
        int avoided = -1;
        double homeRank = 0;
        long active = 0;
        long weight = 0;
        for (int index = 0; index < Targets.Length; index++)
        {
            TTarget target = Targets[index];
            if (!target.IsAvailable)
                continue;
            if (RoutingTargets.Is(target, request.Avoid))
            {
                avoided = index;
                continue;
            }

            active += target.ActiveCount;
            weight += _weights[index];
            double rank = Rank(request.KeyHash, index);
            if (home < 0 || rank < homeRank)
            {
                home = index;
                homeRank = rank;
            }
        }

        if (home < 0)
            return avoided < 0 ? null : Targets[avoided];

        double boundPerWeight = _loadFactor * (active + 1) / weight;
        return HasRoom(home, boundPerWeight)
            ? Targets[home]
            : SelectWithRoom(request, boundPerWeight) ?? Targets[home];
    }

    /// <summary>
    /// The highest-ranked target below its bound. Null only if the loads changed between the two passes so that none
    /// is; the key's home is then as good as any.
    /// </summary>
    private TTarget? SelectWithRoom(in RoutingRequest request, double boundPerWeight)
    {
        TTarget? best = null;
        double bestRank = 0;
        for (int index = 0; index < Targets.Length; index++)
        {
            TTarget target = Targets[index];
            if (!target.IsAvailable || RoutingTargets.Is(target, request.Avoid) || !HasRoom(index, boundPerWeight))
                continue;

            double rank = Rank(request.KeyHash, index);
            if (best is null || rank < bestRank)
            {
                best = target;
                bestRank = rank;
            }
        }

        return best;
    }

    private bool HasRoom(int index, double boundPerWeight) =>
        Targets[index].ActiveCount < Math.Ceiling(boundPerWeight * _weights[index]);

    /// <summary>
    /// Rank of a target for a key, the lowest is best. With a uniform number u from the hash, -ln(u) / weight is the
    /// arrival of an exponential clock whose rate is the weight: the first to ring is each target with the probability
    /// of its share. For equal weights the order is that of -u, and the logarithm is saved.
    /// </summary>
    private double Rank(ulong keyHash, int index)
    {
        ulong hash = SplitMix64.Mix(keyHash ^ _idHashes[index]);
        double uniform = ((hash >> 11) + 0.5) * (1.0 / (1L << 53));
        return _weightsDiffer ? -Math.Log(uniform) / _weights[index] : -uniform;
    }
}
