namespace ActorBalancer.Actors.Routing;

/// <summary>Makes routers.</summary>
public static class Router
{
    /// <summary>Makes a top-level router.</summary>
    /// <param name="system">Where.</param>
    /// <param name="name">As for <see cref="ActorSystem.Spawn"/>.</param>
    /// <param name="strategy">How a routee is chosen for each message.</param>
    /// <param name="routees">The first members; none twice, may be empty.</param>
    /// <param name="keyHash">Hash of a message's affinity key, for strategies that use one; null for none.</param>
    public static RouterRef<TMessage> Spawn<TMessage>(
        ActorSystem system,
        string name,
        RoutingStrategy strategy,
        IEnumerable<ActorRef<TMessage>> routees,
        Func<TMessage, ulong>? keyHash = null)
    {
        ArgumentNullException.ThrowIfNull(system);
        return Make(system, props => system.Spawn(props, name), strategy, routees, keyHash);
    }

    /// <summary>Makes a router as the child of an actor; call it on that actor's turn.</summary>
    /// <param name="parent">Whose child.</param>
    /// <param name="name">As for <see cref="ActorSystem.Spawn"/>.</param>
    /// <param name="strategy">How a routee is chosen for each message.</param>
    /// <param name="routees">The first members; none twice, may be empty.</param>
    /// <param name="keyHash">Hash of a message's affinity key, for strategies that use one; null for none.</param>
    public static RouterRef<TMessage> Spawn<TParent, TMessage>(
        IActorContext<TParent> parent,
        string name,
        RoutingStrategy strategy,
        IEnumerable<ActorRef<TMessage>> routees,
        Func<TMessage, ulong>? keyHash = null)
    {
        ArgumentNullException.ThrowIfNull(parent);
        return Make(parent.System, props => parent.Spawn(props, name), strategy, routees, keyHash);
    }

    private static RouterRef<TMessage> Make<TMessage>(
        ActorSystem system,
        Func<Props<object>, ActorRef<object>> spawn,
        RoutingStrategy strategy,
        IEnumerable<ActorRef<TMessage>> routees,
        Func<TMessage, ulong>? keyHash)
    {
        ArgumentNullException.ThrowIfNull(strategy);
        ArgumentNullException.ThrowIfNull(routees);
        var router = new RouterRef<TMessage>(system, spawn, strategy, keyHash);
        foreach (var routee in routees) router.AddRoutee(routee);
        return router;
    }
}
