namespace ActorBalancer.Actors.Events;

/// <summary>One entry of an event stream; disposing it takes it out.</summary>
internal abstract class Subscription(EventStream stream, Type eventType) : IDisposable
{
    internal Type EventType { get; } = eventType;

    /// <summary>False when it can be dropped.</summary>
    internal virtual bool IsAlive => true;

    public void Dispose() => stream.Remove(this);

    /// <summary>Gives the event on.</summary>
    /// <returns>False when the subscriber is gone.</returns>
    internal abstract bool Deliver(object happened);
}

/// <summary>Delivers to a mailbox.</summary>
internal sealed class ActorSubscription<TEvent>(EventStream stream, ActorRef<TEvent> subscriber)
    : Subscription(stream, typeof(TEvent))
{
    internal override bool IsAlive => !subscriber.IsTerminated;

    internal override bool Deliver(object happened)
    {
        // TryTell and not Tell: a dead letter about a dead letter would go round for ever. A full mailbox drops it.
        subscriber.TryTell((TEvent)happened);
        return IsAlive;
    }
}

/// <summary>Delivers by a call.</summary>
internal sealed class HandlerSubscription<TEvent>(EventStream stream, Action<TEvent> handler)
    : Subscription(stream, typeof(TEvent))
{
    internal override bool Deliver(object happened)
    {
        handler((TEvent)happened);
        return true;
    }
}
