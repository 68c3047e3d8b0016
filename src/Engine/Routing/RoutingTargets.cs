using ActorBalancer.Actors.Routing;

namespace ActorBalancer.Engine.Routing;

/// <summary>What all tables ask of targets.</summary>
internal static class RoutingTargets
{
    /// <summary>The weight; a target that breaks its contract with less than 1 counts as 1.</summary>
    public static int WeightOf(IRoutingTarget target) => Math.Max(1, target.Weight);

    /// <summary>
    /// True when <paramref name="other"/> names this target. By identity and not by reference alone: a reload may have
    /// replaced the object between the failed attempt and the next one.
    /// </summary>
    public static bool Is(IRoutingTarget target, IRoutingTarget? other) =>
        other is not null && (ReferenceEquals(target, other) || target.Id == other.Id);

    /// <summary>
    /// Index among <paramref name="targets"/> of the target that stands at <paramref name="index"/> of
    /// <paramref name="previous"/> or, when it has gone, of the first one after it that stayed; 0 when none stayed.
    /// </summary>
    public static int Relocate<TTarget>(TTarget[] previous, int index, TTarget[] targets)
        where TTarget : class, IRoutingTarget
    {
        Dictionary<string, int> indexById = IndexById(targets);
        for (int step = 0; step < previous.Length; step++)
        {
            TTarget candidate = previous[(index + step) % previous.Length];
            if (indexById.TryGetValue(candidate.Id, out int found))
                return found;
        }

        return 0;
    }

    /// <summary>Where each identity stands; the first one when an identity occurs twice.</summary>
    public static Dictionary<string, int> IndexById<TTarget>(TTarget[] targets)
        where TTarget : class, IRoutingTarget
    {
        var indexById = new Dictionary<string, int>(targets.Length, StringComparer.Ordinal);
        for (int index = 0; index < targets.Length; index++)
            indexById.TryAdd(targets[index].Id, index);
        return indexById;
    }
}
