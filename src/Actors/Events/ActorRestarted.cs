namespace ActorBalancer.Actors;

/// <summary>A new instance has taken over after a failure and is ready. Published on the event stream.</summary>
/// <param name="Path">The actor.</param>
/// <param name="Cause">What the old instance failed with.</param>
/// <param name="Restarts">Restarts of this actor so far, this one included.</param>
public sealed record ActorRestarted(string Path, Exception Cause, int Restarts);
