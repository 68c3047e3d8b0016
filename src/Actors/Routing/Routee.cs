namespace ActorBalancer.Actors.Routing;

/// <summary>An actor as a target of a routing strategy.</summary>
internal sealed class Routee<TMessage>(ActorRef<TMessage> actor, int weight) : IRoutingTarget
{
    public string Id { get; } = actor.Path;

    public int Weight { get; } = weight;

    public bool IsAvailable => !Actor.IsTerminated && !Actor.IsFull;

    public int ActiveCount => Actor.MailboxLength;

    public double LatencyMilliseconds => 0;

    public double Score => 0;

    internal ActorRef<TMessage> Actor { get; } = actor;
}
