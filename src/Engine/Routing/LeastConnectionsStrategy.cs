using ActorBalancer.Actors.Routing;

namespace ActorBalancer.Engine.Routing;

/// <summary>
/// <see cref="RoutingStrategies.LeastConnections"/>: the target with the least running work divided by its weight;
/// ties go round. Weights are read live. A choice looks at every target once. Stateless, safe from any thread.
/// </summary>
public sealed class LeastConnectionsStrategy : RoutingStrategy
{
    /// <inheritdoc/>
    public override string Name => RoutingStrategies.LeastConnections;

    /// <inheritdoc/>
    public override RoutingTable<TTarget> CreateTable<TTarget>(
        TTarget[] targets, RoutingTable<TTarget>? previous = null) =>
        new CheapestTable<TTarget, RelativeLoad>(targets, previous);
}

/// <summary>Running work for each unit of weight.</summary>
internal readonly struct RelativeLoad : ITargetCost
{
    public static double Of(IRoutingTarget target) => (double)target.ActiveCount / RoutingTargets.WeightOf(target);
}
