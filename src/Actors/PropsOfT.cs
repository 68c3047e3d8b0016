namespace ActorBalancer.Actors;

/// <summary>The recipe of an actor: how it is made, and what mailbox it has. Immutable, to be shared freely.</summary>
public sealed record Props<TMessage>
{
    internal Props(Func<Actor<TMessage>> factory) => Factory = factory;

    /// <summary>The mailbox of each actor made from this recipe; unbounded unless said otherwise.</summary>
    public MailboxOptions Mailbox { get; init; } = MailboxOptions.Unbounded;

    internal Func<Actor<TMessage>> Factory { get; }

    /// <summary>Props with an unbounded mailbox.</summary>
    /// <param name="factory">Called at the start and at every restart; must return a new actor each time.</param>
#pragma warning disable CA1000 // Akka's users look for it here; Props.Create infers the type.
    public static Props<TMessage> Create(Func<Actor<TMessage>> factory) => Props.Create(factory);
#pragma warning restore CA1000
}
