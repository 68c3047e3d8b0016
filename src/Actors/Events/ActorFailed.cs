namespace ActorBalancer.Actors;

/// <summary>An actor failed. Published on the system's <see cref="EventStream"/>.</summary>
/// <param name="Path">The actor.</param>
/// <param name="Exception">What it failed with.</param>
/// <param name="Directive">What was decided.</param>
public sealed record ActorFailed(string Path, Exception Exception, Directive Directive);
