namespace ActorBalancer.Actors;

/// <summary>What becomes of an actor that failed. In every case the message on which it failed is dropped.</summary>
public enum Directive
{
    /// <summary>It goes on with its state as it is.</summary>
    Resume,

    /// <summary>A new instance takes its place, behind the same reference and with the same mailbox.</summary>
    Restart,

    /// <summary>It stops for good.</summary>
    Stop,

    /// <summary>Its parent fails in turn with the same exception.</summary>
    Escalate,
}
