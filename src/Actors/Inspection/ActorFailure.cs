namespace ActorBalancer.Actors;

/// <summary>The last failure of an actor, as the live tree shows it.</summary>
/// <param name="At">When, by the system's clock.</param>
/// <param name="ExceptionType">Name of the exception's type.</param>
/// <param name="Message">The exception's message.</param>
public sealed record ActorFailure(DateTimeOffset At, string ExceptionType, string Message);
