namespace ActorBalancer.Actors;

/// <summary>What happens to a message that finds a bounded mailbox full.</summary>
public enum OverflowRule
{
    /// <summary>
    /// <see cref="ActorRef{TMessage}.TellAsync"/> waits for room, first come first served.
    /// <see cref="ActorRef{TMessage}.TryTell"/> answers false; <see cref="ActorRef{TMessage}.Tell"/> cannot wait, so
    /// its message is a dead letter.
    /// </summary>
    Wait,

    /// <summary>
    /// <see cref="ActorRef{TMessage}.TryTell"/> answers false; by any other way the message is a dead letter.
    /// </summary>
    Reject,

    /// <summary>The message is a dead letter, and the sender need not know.</summary>
    DropToDeadLetters,
}
