namespace ActorBalancer.Actors.Routing;

/// <summary>
/// How targets are chosen. A strategy is a factory of <see cref="RoutingTable{TTarget}"/>: whatever can be computed
/// once for a set of targets (schedules, rings, cumulative weights) is computed there and not on each choice.
/// </summary>
public abstract class RoutingStrategy
{
    /// <summary>The name used in configuration, such as <c>round-robin</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Makes the table for a set of targets.</summary>
    /// <param name="targets">The members; may be empty. The array is not changed afterwards by either side.</param>
    /// <param name="previous">The table that this one replaces, whose position is carried over; null at first.</param>
    public abstract RoutingTable<TTarget> CreateTable<TTarget>(
        TTarget[] targets, RoutingTable<TTarget>? previous = null)
        where TTarget : class, IRoutingTarget;
}
