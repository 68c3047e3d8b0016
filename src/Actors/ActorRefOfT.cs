using ActorBalancer.Actors.Asking;

namespace ActorBalancer.Actors;

/// <summary>
/// The address of an actor that takes <typeparamref name="TMessage"/>. All members may be called from any thread.
/// Messages of one sender arrive in the order in which they were sent.
/// </summary>
public abstract class ActorRef<TMessage> : ActorRef
{
    private protected ActorRef()
    {
    }

    /// <summary>
    /// Sends and forgets. A message that cannot be taken (the actor has stopped, its bounded mailbox is full) goes to
    /// the dead letters.
    /// </summary>
    public abstract void Tell(TMessage message);

    /// <summary>Offers a message.</summary>
    /// <returns>
    /// True when the message was handed over: it waits in the mailbox, or <see cref="OverflowRule.DropToDeadLetters"/>
    /// disposed of it. False when it is still the caller's: the actor has stopped, or its mailbox is full under
    /// <see cref="OverflowRule.Reject"/> or <see cref="OverflowRule.Wait"/>.
    /// </returns>
    public abstract bool TryTell(TMessage message);

    /// <summary>
    /// Sends, waiting for room while the mailbox is full under <see cref="OverflowRule.Wait"/>; acts as
    /// <see cref="Tell"/> under any other rule. When the actor stops meanwhile, the message goes to the dead letters
    /// and the wait ends.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled while waiting; the message was not sent.</exception>
    public abstract ValueTask TellAsync(TMessage message, CancellationToken cancellationToken = default);

    /// <summary>Sends a message that carries a reference for the reply, and waits for that reply.</summary>
    /// <param name="message">Makes the message from the reply reference, which takes exactly one reply.</param>
    /// <param name="timeout">How long to wait; positive, or <see cref="Timeout.InfiniteTimeSpan"/>.</param>
    /// <param name="cancellationToken">Ends the wait; the message stays sent.</param>
    /// <exception cref="AskTimeoutException">No reply came in time; a later one goes to the dead letters.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public ValueTask<TReply> AskAsync<TReply>(
        Func<ActorRef<TReply>, TMessage> message, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return AskAsync<Func<ActorRef<TReply>, TMessage>, TReply>(
            message, static (make, reply) => make(reply), timeout, cancellationToken);
    }

    /// <summary>
    /// As the other overload; <paramref name="state"/> is passed on to <paramref name="message"/>, so that a hot path
    /// needs no closure.
    /// </summary>
    /// <exception cref="AskTimeoutException">No reply came in time; a later one goes to the dead letters.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public ValueTask<TReply> AskAsync<TState, TReply>(
        TState state,
        Func<TState, ActorRef<TReply>, TMessage> message,
        TimeSpan timeout,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (timeout <= TimeSpan.Zero && timeout != Timeout.InfiniteTimeSpan)
            throw new ArgumentOutOfRangeException(nameof(timeout), timeout, $"Ask of '{Path}': must be positive.");
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<TReply>(cancellationToken);
        var reply = new ReplyRef<TReply>(System, this, timeout);
        TMessage request;
        try
        {
            request = message(state, reply);
        }
        catch
        {
            reply.Abandon();
            throw;
        }

        reply.Arm(cancellationToken);
        var sending = TellAsync(request, CancellationToken.None);
        // Not awaited: the wait for room is part of the wait for the reply. It has no token, so it cannot fail.
        if (!sending.IsCompletedSuccessfully) _ = sending.AsTask();
        return reply.Reply;
    }
}
