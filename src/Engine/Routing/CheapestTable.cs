using ActorBalancer.Actors.Routing;

namespace ActorBalancer.Engine.Routing;

/// <summary>
/// Looks at every target and chooses the cheapest; ties go round, also between threads that choose at the same moment
/// and have not yet added to each other's load.
/// </summary>
internal sealed class CheapestTable<TTarget, TCost> : RoutingTable<TTarget>
    where TTarget : class, IRoutingTarget
    where TCost : struct, ITargetCost
{
    /// <summary>
    /// Times that a choice among equals is made again because another thread took it. Beyond it two callers may get
    /// the same target, which is only a little less even. Source: ours; keeps the worst case at 5 scans.
    /// </summary>
    private const int RetriesMax = 4;

    /// <summary>A cursor that no tie has moved yet: the search starts at the first, whoever that is by then.</summary>
    private const long Unmoved = -1;

    /// <summary>Index at which the next search starts: the one after the last that won a tie.</summary>
    private IsolatedCounter _cursor;

    public CheapestTable(TTarget[] targets, RoutingTable<TTarget>? previous)
        : base(targets)
    {
        long start = previous is CheapestTable<TTarget, TCost> before && before._cursor.Read() is var next and >= 0
            ? RoutingTargets.Relocate(before.Targets, (int)next, targets)
            : Unmoved;
        _cursor = new IsolatedCounter(start);
    }

    public override TTarget? Select(in RoutingRequest request)
    {
        for (int retries = 0; ; retries++)
        {
            long from = _cursor.Read();
            int best = Search((int)Math.Max(from, 0), request.Avoid, out bool tied);
            if (best < 0)
                return null;

            // Only ties move the cursor: a start that moved on every choice would favour whoever stands behind a
            // target that is out of the race.
            if (!tied || _cursor.TryMove(from, (best + 1) % Targets.Length) || retries == RetriesMax)
                return Targets[best];
        }
    }

    /// <summary>
    /// Index of the cheapest target that can be chosen, the first from <paramref name="from"/> on; the avoided one
    /// when it alone is available; -1 when none is.
    /// </summary>
    private int Search(int from, IRoutingTarget? avoid, out bool tied)
    {
        TTarget[] targets = Targets;
        int best = -1;
        int avoided = -1;
        double bestCost = 0;
        tied = false;
        for (int step = 0; step < targets.Length; step++)
        {
            int index = from + step;
            if (index >= targets.Length)
                index -= targets.Length;

            TTarget target = targets[index];
            if (!target.IsAvailable)
                continue;
            if (RoutingTargets.Is(target, avoid))
            {
                avoided = index;
                continue;
            }

            double cost = TCost.Of(target);
            if (double.IsNaN(cost))
                cost = double.PositiveInfinity;
            if (best < 0 || cost < bestCost)
            {
                best = index;
                bestCost = cost;
                tied = false;
            }
            else if (cost == bestCost)
            {
                tied = true;
            }
        }

        return best >= 0 ? best : avoided;
    }
}
