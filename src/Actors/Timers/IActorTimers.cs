namespace ActorBalancer.Actors;

/// <summary>
/// Messages that an actor sends to itself later, each under a key. They run on the system's clock, take their place
/// behind the messages that are waiting when they fall due, and end with a restart or stop of the actor. A bounded
/// mailbox never refuses them. To be used on the actor's turn only.
/// </summary>
public interface IActorTimers<in TMessage>
{
    /// <summary>Sends a message once. A timer of the same key is replaced, and nothing of it comes any more.</summary>
    /// <param name="key">Told from others by <see cref="object.Equals(object)"/>.</param>
    /// <param name="message">What to send.</param>
    /// <param name="delay">From now; zero or more.</param>
    void StartSingle(object key, TMessage message, TimeSpan delay);

    /// <summary>
    /// Sends a message at every interval, first after one interval. A tick that falls due while the last one still
    /// waits in the mailbox is left out. A timer of the same key is replaced, and nothing of it comes any more.
    /// </summary>
    /// <param name="key">Told from others by <see cref="object.Equals(object)"/>.</param>
    /// <param name="message">What to send each time.</param>
    /// <param name="interval">Positive.</param>
    void StartPeriodic(object key, TMessage message, TimeSpan interval);

    /// <summary>Ends the timer of a key; a message of it that waits in the mailbox already is not delivered.</summary>
    void Cancel(object key);

    /// <summary>Ends all timers, as <see cref="Cancel"/> does.</summary>
    void CancelAll();

    /// <summary>True from the start of a timer until its cancellation or, for a single one, its delivery.</summary>
    bool IsActive(object key);
}
