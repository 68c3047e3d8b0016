namespace ActorBalancer.Actors;

/// <summary>Dead letters that were only counted, because too many came. Published on the event stream.</summary>
/// <param name="Count">How many, 1 or more.</param>
/// <param name="Window">The time in which they came.</param>
public sealed record DeadLettersSuppressed(long Count, TimeSpan Window);
