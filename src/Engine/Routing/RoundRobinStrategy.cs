using ActorBalancer.Actors.Routing;

namespace ActorBalancer.Engine.Routing;

/// <summary>
/// <see cref="RoutingStrategies.RoundRobin"/>: targets in their order, each as many times in a row as its weight says.
/// </summary>
/// <remarks>
/// Weights are read when a table is made, and divided by their greatest common divisor: A(4) B(2) goes as A(2) B(1).
/// A period longer than 4096 slots (or 4 for each target, if that is more) is rounded to this length: the turns of each
/// target are then off by less than one, but at least one. A target that can't be chosen loses its turns, and the
/// others keep their shares relative to each other. Stateless, safe from any thread.
/// </remarks>
public sealed class RoundRobinStrategy : RoutingStrategy
{
    /// <inheritdoc/>
    public override string Name => RoutingStrategies.RoundRobin;

    /// <inheritdoc/>
    public override RoutingTable<TTarget> CreateTable<TTarget>(
        TTarget[] targets, RoutingTable<TTarget>? previous = null)
    {
        ArgumentNullException.ThrowIfNull(targets);
        return new TurnTable<TTarget>(targets, TurnSchedule.InBursts(TurnSchedule.Turns(targets)), previous);
    }
}
