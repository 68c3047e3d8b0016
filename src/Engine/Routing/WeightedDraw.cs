using ActorBalancer.Actors.Routing;

namespace ActorBalancer.Engine.Routing;

/// <summary>
/// Draws from a fixed set of targets in proportion to the weights that they had when it was made. Immutable, safe from
/// any thread.
/// </summary>
internal sealed class WeightedDraw<TTarget>
    where TTarget : class, IRoutingTarget
{
    private readonly TTarget[] _targets;

    /// <summary>Running totals: target i owns the numbers from <c>_ends[i - 1]</c> up to <c>_ends[i]</c>.</summary>
    private readonly long[] _ends;

    public WeightedDraw(TTarget[] targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        _targets = targets;
        _ends = new long[targets.Length];
        long total = 0;
        for (int index = 0; index < targets.Length; index++)
        {
            total += RoutingTargets.WeightOf(targets[index]);
            _ends[index] = total;
        }
    }

    /// <summary>
    /// Draws an available target other than <paramref name="avoid"/> and the one at <paramref name="taken"/>.
    /// </summary>
    /// <param name="chance">Where chance comes from.</param>
    /// <param name="avoid">Never drawn; null for none.</param>
    /// <param name="taken">Index that is never drawn; -1 for none.</param>
    /// <returns>The index, or -1 when there is none.</returns>
    /// <remarks>
    /// One draw from the whole set is enough while all is well. If it hits a target that can't be chosen, the second
    /// draw is made among those that can: together the two still give every target its weight's share of what is left.
    /// </remarks>
    public int Draw(ref SplitMix64 chance, IRoutingTarget? avoid, int taken)
    {
        if (_targets.Length <= (taken < 0 ? 0 : 1))
            return -1;

        int drawn = DrawAny(ref chance, taken);
        return IsChoice(drawn, avoid, taken) ? drawn : DrawAmongChoices(ref chance, avoid, taken);
    }

    private int DrawAny(ref SplitMix64 chance, int taken)
    {
        long total = _ends[^1];
        if (taken < 0)
            return IndexOf(chance.NextBelow(total));

        // The numbers of the taken target are cut out of the range, so that no draw has to be repeated.
        long start = taken == 0 ? 0 : _ends[taken - 1];
        long width = _ends[taken] - start;
        long number = chance.NextBelow(total - width);
        return IndexOf(number < start ? number : number + width);
    }

    /// <summary>One pass that keeps each choice with the probability of its weight in the total so far.</summary>
    private int DrawAmongChoices(ref SplitMix64 chance, IRoutingTarget? avoid, int taken)
    {
        int kept = -1;
        long total = 0;
        for (int index = 0; index < _targets.Length; index++)
        {
            if (!IsChoice(index, avoid, taken))
                continue;
            long weight = _ends[index] - (index == 0 ? 0 : _ends[index - 1]);
            total += weight;
            if (chance.NextBelow(total) < weight)
                kept = index;
        }

        return kept;
    }

    private bool IsChoice(int index, IRoutingTarget? avoid, int taken) =>
        index != taken && _targets[index].IsAvailable && !RoutingTargets.Is(_targets[index], avoid);

    private int IndexOf(long number)
    {
        int low = 0;
        int high = _ends.Length - 1;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (number < _ends[middle])
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }
}
