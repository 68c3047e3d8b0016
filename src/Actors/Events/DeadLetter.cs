namespace ActorBalancer.Actors;

/// <summary>
/// A message that nobody will handle. All are counted; they are published on the event stream at a bounded rate, see
/// <see cref="DeadLettersSuppressed"/>.
/// </summary>
/// <param name="Path">Where the message was sent.</param>
/// <param name="Message">The message. It may hold what must not be logged: log its type.</param>
/// <param name="Reason">Why it could not be delivered.</param>
public sealed record DeadLetter(string Path, object Message, DeadLetterReason Reason)
{
    /// <summary>The type of the message.</summary>
    public Type MessageType => Message.GetType();
}
