namespace ActorBalancer.Actors;

/// <summary>Why a message was not delivered.</summary>
public enum DeadLetterReason
{
    /// <summary>The actor had stopped, or stopped while the message waited.</summary>
    ActorStopped,

    /// <summary>The bounded mailbox was full.</summary>
    MailboxFull,

    /// <summary>The ask had been answered, had timed out or was cancelled.</summary>
    LateReply,

    /// <summary>The router had no routee that was available.</summary>
    NoRoutee,
}
