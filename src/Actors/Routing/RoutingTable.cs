namespace ActorBalancer.Actors.Routing;

/// <summary>
/// A strategy applied to a fixed set of targets. Membership never changes; a change of members makes a new table.
/// <see cref="Select"/> may be called from any number of threads at once and takes no lock.
/// </summary>
public abstract class RoutingTable<TTarget>
    where TTarget : class, IRoutingTarget
{
    /// <summary>Makes a table over <paramref name="targets"/>.</summary>
    protected RoutingTable(TTarget[] targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        Targets = targets;
    }

    /// <summary>The members, in the order in which they were given.</summary>
    public TTarget[] Targets { get; }

    /// <summary>Chooses an available target.</summary>
    /// <returns>The choice, or null when no target is available at this moment.</returns>
    public abstract TTarget? Select(in RoutingRequest request);
}
