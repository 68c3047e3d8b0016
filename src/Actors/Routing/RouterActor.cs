namespace ActorBalancer.Actors.Routing;

/// <summary>To a router's actor: a member was added to the set or taken out of it.</summary>
internal sealed record RouterCommand<TMessage>(ActorRef<TMessage> Routee, bool Watch);

/// <summary>Watches the members of a router and takes out those that stop.</summary>
internal sealed class RouterActor<TMessage>(RouteeSet<TMessage> members) : Actor<RouterCommand<TMessage>>
{
    protected override ValueTask OnReceiveAsync(RouterCommand<TMessage> message)
    {
        if (message.Watch) Context.Watch(message.Routee);
        else Context.Unwatch(message.Routee);
        return default;
    }

    protected override ValueTask OnTerminatedAsync(Terminated terminated)
    {
        members.Remove(terminated.Actor);
        return default;
    }
}
