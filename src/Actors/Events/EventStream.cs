using System.Collections.Concurrent;
using ActorBalancer.Actors.Events;

namespace ActorBalancer.Actors;

/// <summary>
/// Typed publish and subscribe inside one system. A subscriber gets the events of its type and of the types derived
/// from it. Any thread; delivery happens on the publisher's thread, so a handler must be short and must not block.
/// </summary>
public sealed class EventStream
{
    /// <summary>The subscriptions; replaced as a whole.</summary>
    private Subscription[] _subscriptions = [];

    /// <summary>By type of event, what of <see cref="_subscriptions"/> takes it; replaced together with it.</summary>
    private ConcurrentDictionary<Type, Subscription[]> _routes = new();

    /// <summary>Subscribes an actor. The subscription ends when it is disposed or when the actor has stopped.</summary>
    public IDisposable Subscribe<TEvent>(ActorRef<TEvent> subscriber)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        return Add(new ActorSubscription<TEvent>(this, subscriber));
    }

    /// <summary>Subscribes a handler; it may be called by several threads at once.</summary>
    /// <param name="handler">
    /// When it throws it is removed, and a <see cref="SubscriberFailed"/> is published to the others.
    /// </param>
    /// <returns>Ends the subscription when disposed; a call that runs at that moment runs to its end.</returns>
    public IDisposable Subscribe<TEvent>(Action<TEvent> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Add(new HandlerSubscription<TEvent>(this, handler));
    }

    /// <summary>Gives an event to all who subscribed to its type or to a base of it.</summary>
    public void Publish<TEvent>(TEvent happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        var routes = Route(happened.GetType());
        if (routes.Length == 0) return;
        object boxed = happened;
        foreach (var subscription in routes)
        {
            try
            {
                if (!subscription.Deliver(boxed)) Remove(subscription);
            }
            catch (Exception exception)
            {
                // Removed first, so that it cannot fail on the notice of its own failure for ever.
                Remove(subscription);
                Publish(new SubscriberFailed(subscription.EventType, exception));
            }
        }
    }

    /// <summary>True when an event of exactly this type would reach somebody: spares making one for nobody.</summary>
    internal bool HasSubscribers<TEvent>() => Route(typeof(TEvent)).Length > 0;

    internal void Remove(Subscription subscription) => Replace(
        all => Array.FindAll(all, other => !ReferenceEquals(other, subscription)));

    private Subscription Add(Subscription subscription)
    {
        // Actors that have stopped go at the next delivery, or here when nothing is ever published.
        Replace(all => [.. all.Where(static other => other.IsAlive), subscription]);
        return subscription;
    }

    private void Replace(Func<Subscription[], Subscription[]> change)
    {
        Subscription[] before, after;
        do
        {
            before = Volatile.Read(ref _subscriptions);
            after = change(before);
        }
        while (Interlocked.CompareExchange(ref _subscriptions, after, before) != before);
        // After the list: a route made of the old list went into the old map, or is refused by Route.
        Volatile.Write(ref _routes, new ConcurrentDictionary<Type, Subscription[]>());
    }

    private Subscription[] Route(Type type)
    {
        // The map is read before the list. If the list is replaced in between, what is computed goes either into the
        // map that is thrown away or is computed from the new list.
        var routes = Volatile.Read(ref _routes);
        if (routes.TryGetValue(type, out var route)) return route;
        route = Array.FindAll(Volatile.Read(ref _subscriptions), other => other.EventType.IsAssignableFrom(type));
        routes.TryAdd(type, route);
        return route;
    }
}
