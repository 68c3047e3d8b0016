using ActorBalancer.Actors.Routing;

namespace ActorBalancer.Engine.Routing;

/// <summary>
/// <see cref="RoutingStrategies.PeakEwma"/>: the target with the lowest latency * (active + 1) / weight, where the
/// latency is a peak EWMA such as <see cref="LatencyEwma"/>; ties go round. Weights are read live. A choice looks at
/// every target once. Stateless, safe from any thread.
/// </summary>
/// <remarks>
/// A target that was never measured is tried at once, but by one piece of work at a time: until that one has come
/// back, it ranks behind every measured target, so that a new target that hangs does not swallow all the work. Among
/// such targets the least loaded comes first. Source: the penalty of Finagle's peak EWMA balancer.
/// </remarks>
public sealed class PeakEwmaStrategy : RoutingStrategy
{
    /// <inheritdoc/>
    public override string Name => RoutingStrategies.PeakEwma;

    /// <inheritdoc/>
    public override RoutingTable<TTarget> CreateTable<TTarget>(
        TTarget[] targets, RoutingTable<TTarget>? previous = null) =>
        new CheapestTable<TTarget, ExpectedLatency>(targets, previous);
}

/// <summary>Milliseconds that a piece of work must expect on the target, for each unit of its weight.</summary>
internal readonly struct ExpectedLatency : ITargetCost
{
    /// <summary>
    /// Cost in milliseconds of a target on trial: above any latency times load that can occur (an hour times a
    /// thousand is 3.6e9), and small enough that the load added to it still counts in a double.
    /// </summary>
    private const double TrialPenalty = 1e12;

    public static double Of(IRoutingTarget target)
    {
        double latency = target.LatencyMilliseconds;
        double active = target.ActiveCount;
        double weight = RoutingTargets.WeightOf(target);
        if (latency > 0)
            return latency * (active + 1) / weight;
        return active > 0 ? TrialPenalty + (active / weight) : 0;
    }
}
