using ActorBalancer.Actors.Routing;

namespace ActorBalancer.Engine.Routing;

/// <summary>
/// <see cref="RoutingStrategies.SmoothRoundRobin"/>: targets in turn, the turns of a heavy one spread over the period
/// as nginx does it.
/// </summary>
/// <remarks>
/// Weights are read when a table is made, and divided by their greatest common divisor. A period longer than 4096 slots
/// (or 4 for each target, if that is more) is rounded to this length: the turns of each target are then off by less
/// than one, but at least one. A target that can't be chosen loses its turns, and the others keep their shares relative
/// to each other. Stateless, safe from any thread.
/// </remarks>
public sealed class SmoothRoundRobinStrategy : RoutingStrategy
{
    /// <inheritdoc/>
    public override string Name => RoutingStrategies.SmoothRoundRobin;

    /// <inheritdoc/>
    public override RoutingTable<TTarget> CreateTable<TTarget>(
        TTarget[] targets, RoutingTable<TTarget>? previous = null)
    {
        ArgumentNullException.ThrowIfNull(targets);
        return new TurnTable<TTarget>(targets, TurnSchedule.Interleaved(TurnSchedule.Turns(targets)), previous);
    }
}
