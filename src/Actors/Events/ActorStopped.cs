namespace ActorBalancer.Actors;

/// <summary>An actor has stopped for good, as have all below it. Published on the event stream.</summary>
/// <param name="Path">The actor.</param>
public sealed record ActorStopped(string Path);
