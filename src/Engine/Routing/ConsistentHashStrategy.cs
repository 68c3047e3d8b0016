using ActorBalancer.Actors.Routing;

namespace ActorBalancer.Engine.Routing;

/// <summary>
/// <see cref="RoutingStrategies.ConsistentHash"/>: the same key to the same target, with a bound on each target's
/// share of the running work. Stateless, safe from any thread.
/// </summary>
/// <remarks>
/// <para>
/// The key ranks all targets by weighted rendezvous hashing (Thaler and Ravishankar 1998; the weights as in
/// Schindelhauer and Schomaker 2005), and the highest-ranked one that is available and below its bound is chosen. Not
/// a ring with virtual nodes, nor a Maglev table: their gain is that a look-up does not touch every target, but the
/// bound needs the sum of all running work, which does. Rendezvous takes the same pass, splits keys exactly by weight,
/// moves only the keys of the target that comes, goes or changes weight, keeps no memory, and spreads the overflow of
/// a full target over all others instead of its neighbour.
/// </para>
/// <para>
/// The bound of a target is the load factor times its weight's share of the running work of all available targets,
/// the new one counted, rounded up. Source: Mirrokni, Thorup and Zadimoghaddam, "Consistent hashing with bounded
/// loads" (2016). By its rounding at least one available target is always below its bound.
/// </para>
/// <para>
/// A request without a key goes to the least loaded target for its weight, ties in turn, as
/// <see cref="LeastConnectionsStrategy"/> does: this keeps the loads even, so that the keyed requests stay at home.
/// Weights are read when a table is made.
/// </para>
/// </remarks>
public sealed class ConsistentHashStrategy : RoutingStrategy
{
    /// <summary>
    /// A target may have a quarter more than its share. Source: the value in common use, such as the default of brpc's
    /// balancer of the same method.
    /// </summary>
    public const double LoadFactorDefault = 1.25;

    private readonly double _loadFactor;

    /// <summary>Makes the strategy.</summary>
    /// <param name="loadFactor">
    /// Bound as a multiple of the average load; at least 1. Near 1 evens out the load and moves many keys; infinity
    /// sets no bound.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The factor is below 1 or not a number.</exception>
    public ConsistentHashStrategy(double loadFactor = LoadFactorDefault)
    {
        if (!(loadFactor >= 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(loadFactor), loadFactor, "The load factor of consistent-hash must be at least 1.");
        }

        _loadFactor = loadFactor;
    }

    /// <inheritdoc/>
    public override string Name => RoutingStrategies.ConsistentHash;

    /// <inheritdoc/>
    public override RoutingTable<TTarget> CreateTable<TTarget>(
        TTarget[] targets, RoutingTable<TTarget>? previous = null) =>
        new RendezvousTable<TTarget>(targets, _loadFactor, previous);
}
