namespace ActorBalancer.Actors;

/// <summary>
/// A unit of state with one message at a time. Fields of an actor need no locks as long as they are touched only on its
/// turn: in the methods below, also after an <c>await</c> in them. Work that shall run beside the actor comes back by
/// <c>Context.PipeToSelf</c>.
/// </summary>
/// <remarks>
/// An awaited ask in a handler halts the actor until the reply; two actors that ask each other so wait for their
/// time-outs. Ask without awaiting, and pipe the reply to oneself.
/// </remarks>
public abstract class Actor<TMessage>
{
    private IActorContext<TMessage>? _context;

    /// <summary>The actor's view of its surroundings; there from <see cref="PreStartAsync"/> on.</summary>
    /// <exception cref="InvalidOperationException">Read in the constructor.</exception>
    protected IActorContext<TMessage> Context =>
        _context ?? throw new InvalidOperationException(
            $"{GetType().Name}: the context is not there in the constructor; use PreStartAsync.");

    /// <summary>How failures of this actor's children are dealt with.</summary>
    protected virtual SupervisorStrategy SupervisorStrategy => SupervisorStrategy.Default;

    /// <summary>
    /// Handles one message; the next begins when the returned task has ended. An exception goes to the parent's
    /// strategy, and the message is dropped.
    /// </summary>
    protected abstract ValueTask OnReceiveAsync(TMessage message);

    /// <summary>Runs before the first message; also when the actor has been told to stop meanwhile.</summary>
    protected virtual ValueTask PreStartAsync() => default;

    /// <summary>
    /// Runs last, after all children have stopped. An exception is published and goes no further. Not called when
    /// <see cref="PreStartAsync"/> failed.
    /// </summary>
    protected virtual ValueTask PostStopAsync() => default;

    /// <summary>
    /// Runs on the failed instance before it is replaced. Stops the children and then calls
    /// <see cref="PostStopAsync"/>; an override that leaves a child alone keeps it over the restart.
    /// </summary>
    /// <param name="cause">What the actor failed with.</param>
    /// <param name="message">The message on which it failed; the default value when it failed outside of one.</param>
    protected virtual ValueTask PreRestartAsync(Exception cause, TMessage? message)
    {
        foreach (var child in Context.Children) Context.Stop(child);
        return PostStopAsync();
    }

    /// <summary>Runs on the new instance after a restart; calls <see cref="PreStartAsync"/>.</summary>
    protected virtual ValueTask PostRestartAsync(Exception cause) => PreStartAsync();

    /// <summary>
    /// A watched actor has stopped. It comes after everything that actor had told this one. Does nothing by default.
    /// </summary>
    protected virtual ValueTask OnTerminatedAsync(Terminated terminated) => default;

    internal SupervisorStrategy Strategy => SupervisorStrategy;

    internal void Attach(IActorContext<TMessage> context)
    {
        if (_context is not null)
        {
            throw new InvalidOperationException(
                $"{GetType().Name} at '{context.Path}': the factory returned an instance that was in use already; " +
                "it must make a new one each time.");
        }

        _context = context;
    }

    internal ValueTask ReceiveAsync(TMessage message) => OnReceiveAsync(message);

    internal ValueTask StartAsync() => PreStartAsync();

    internal ValueTask StopAsync() => PostStopAsync();

    internal ValueTask BeforeRestartAsync(Exception cause, TMessage? message) => PreRestartAsync(cause, message);

    internal ValueTask AfterRestartAsync(Exception cause) => PostRestartAsync(cause);

    internal ValueTask TerminatedAsync(Terminated terminated) => OnTerminatedAsync(terminated);
}
