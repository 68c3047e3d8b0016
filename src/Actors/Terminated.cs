namespace ActorBalancer.Actors;

/// <summary>Notice that a watched actor has stopped for good. Sent once for each watch.</summary>
/// <param name="Actor">The actor that stopped.</param>
public sealed record Terminated(ActorRef Actor);
