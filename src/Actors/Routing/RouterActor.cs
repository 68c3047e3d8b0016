namespace ActorBalancer.Actors.Routing;

/// <summary>A router's place in the tree: what is named, stopped and watched. Takes no messages.</summary>
internal sealed class RouterActor : Actor<object>
{
    protected override ValueTask OnReceiveAsync(object message) => default;
}
