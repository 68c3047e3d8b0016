using ActorBalancer.Actors.Routing;

namespace ActorBalancer.Engine.Routing;

/// <summary>
/// One target by chance, or the less loaded of two. Each table draws from a seed of its own, so a change of members
/// does not replay the choices of the table before.
/// </summary>
/// <param name="targets">The members.</param>
/// <param name="chance">The table's own source of chance.</param>
/// <param name="compared">True to draw a second target and take the one with less running work for its weight.</param>
internal sealed class RandomTable<TTarget>(TTarget[] targets, SharedChance chance, bool compared)
    : RoutingTable<TTarget>(targets)
    where TTarget : class, IRoutingTarget
{
    private readonly WeightedDraw<TTarget> _draw = new(targets);

    public override TTarget? Select(in RoutingRequest request)
    {
        SplitMix64 local = chance.Fork();
        int first = _draw.Draw(ref local, request.Avoid, taken: -1);
        if (first < 0)
            return AvoidedIfAvailable(request.Avoid);
        if (!compared)
            return Targets[first];

        int second = _draw.Draw(ref local, request.Avoid, taken: first);
        if (second < 0)
            return Targets[first];

        // On a tie the first one stays: it was drawn by weight, so idle targets share the work by weight too.
        return RelativeLoad.Of(Targets[second]) < RelativeLoad.Of(Targets[first]) ? Targets[second] : Targets[first];
    }

    private TTarget? AvoidedIfAvailable(IRoutingTarget? avoid)
    {
        foreach (TTarget target in Targets)
        {
            if (RoutingTargets.Is(target, avoid) && target.IsAvailable)
                return target;
        }

        return null;
    }
}
