namespace ActorBalancer.Actors;

/// <summary>Makes <see cref="Props{TMessage}"/> with the message type inferred.</summary>
public static class Props
{
    /// <summary>Props with an unbounded mailbox.</summary>
    /// <param name="factory">Called at the start and at every restart; must return a new actor each time.</param>
    public static Props<TMessage> Create<TMessage>(Func<Actor<TMessage>> factory)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return new Props<TMessage>(factory);
    }
}
