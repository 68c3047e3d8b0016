namespace ActorBalancer.Actors;

/// <summary>A subscriber of the event stream threw and was removed. Published to the others.</summary>
/// <param name="EventType">What it was subscribed to.</param>
/// <param name="Exception">What it threw.</param>
public sealed record SubscriberFailed(Type EventType, Exception Exception);
