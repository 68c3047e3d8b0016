using ActorBalancer.Actors.Routing;

namespace ActorBalancer.Engine.Routing;

/// <summary>
/// What it costs to choose a target, for <see cref="CheapestTable{TTarget,TCost}"/>. Implemented by structs, so that
/// the runtime compiles each table with its cost inlined.
/// </summary>
internal interface ITargetCost
{
    /// <summary>The lowest is chosen; NaN counts as the highest of all.</summary>
    static abstract double Of(IRoutingTarget target);
}
