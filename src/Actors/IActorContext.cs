namespace ActorBalancer.Actors;

/// <summary>
/// What an actor sees of its surroundings. Belongs to the actor: to be used on its turn only, except
/// <see cref="Self"/>, <see cref="System"/>, <see cref="Time"/> and <see cref="Path"/>, which any thread may read.
/// </summary>
public interface IActorContext<TMessage>
{
    /// <summary>The actor's own address; the same over restarts.</summary>
    ActorRef<TMessage> Self { get; }

    /// <summary>The system in which the actor lives.</summary>
    ActorSystem System { get; }

    /// <summary>The system's clock.</summary>
    TimeProvider Time { get; }

    /// <summary>The actor's path.</summary>
    string Path { get; }

    /// <summary>The children, those still stopping included; a copy of this moment.</summary>
    IReadOnlyCollection<ActorRef> Children { get; }

    /// <summary>Messages to oneself at a later time.</summary>
    IActorTimers<TMessage> Timers { get; }

    /// <summary>Makes and starts a child.</summary>
    /// <param name="props">The recipe.</param>
    /// <param name="name">Not empty, without '/', borne by no other child, not even one still stopping.</param>
    /// <exception cref="ArgumentException">The name is not allowed or taken.</exception>
    /// <exception cref="InvalidOperationException">This actor is stopping.</exception>
    ActorRef<TChild> Spawn<TChild>(Props<TChild> props, string name);

    /// <summary>Stops a child after its current message. Does nothing when it has stopped already.</summary>
    /// <exception cref="ArgumentException">The reference is a living actor that is no child of this one.</exception>
    void Stop(ActorRef child);

    /// <summary>Stops this actor after its current message.</summary>
    void StopSelf();

    /// <summary>
    /// Asks for a <see cref="Terminated"/> when <paramref name="actor"/> stops; at once if it has stopped already.
    /// Watching twice is watching once. Watches outlive a restart of the watcher.
    /// </summary>
    void Watch(ActorRef actor);

    /// <summary>Ends a watch: no <see cref="Terminated"/> comes after this call.</summary>
    void Unwatch(ActorRef actor);

    /// <summary>
    /// Turns the end of <paramref name="work"/> into a message to this actor, which is taken even when a bounded
    /// mailbox is full. The functions run on the thread that ends the work: they make the message and touch nothing
    /// else. If one throws, this actor fails with that exception.
    /// </summary>
    void PipeToSelf<TResult>(
        Task<TResult> work, Func<TResult, TMessage> success, Func<Exception, TMessage> failure);

    /// <inheritdoc cref="PipeToSelf{TResult}(Task{TResult}, Func{TResult, TMessage}, Func{Exception, TMessage})"/>
    void PipeToSelf<TResult>(
        ValueTask<TResult> work, Func<TResult, TMessage> success, Func<Exception, TMessage> failure);

    /// <inheritdoc cref="PipeToSelf{TResult}(Task{TResult}, Func{TResult, TMessage}, Func{Exception, TMessage})"/>
    void PipeToSelf(Task work, Func<TMessage> success, Func<Exception, TMessage> failure);
}
