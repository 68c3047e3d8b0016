using ActorBalancer.Actors.Routing;

namespace ActorBalancer.Engine.Routing;

/// <summary>
/// <see cref="RoutingStrategies.BestScore"/>: the target with the highest <see cref="IRoutingTarget.Score"/>; ties go
/// round, a score that is no number is the lowest. Weights are not read. A choice looks at every target once.
/// Stateless, safe from any thread.
/// </summary>
/// <remarks>
/// The score is the target's own. An Andera worker's is <c>slots.available * 10 - cpuLoad * 5 - usedMemoryPercent * 5
/// </c>, the formula of the Andera balancer.
/// </remarks>
public sealed class BestScoreStrategy : RoutingStrategy
{
    /// <inheritdoc/>
    public override string Name => RoutingStrategies.BestScore;

    /// <inheritdoc/>
    public override RoutingTable<TTarget> CreateTable<TTarget>(
        TTarget[] targets, RoutingTable<TTarget>? previous = null) =>
        new CheapestTable<TTarget, LackOfScore>(targets, previous);
}

/// <summary>The score turned round, so that the highest is the cheapest.</summary>
internal readonly struct LackOfScore : ITargetCost
{
    public static double Of(IRoutingTarget target) => -target.Score;
}
