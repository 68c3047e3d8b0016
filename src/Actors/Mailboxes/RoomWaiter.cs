namespace ActorBalancer.Actors.Mailboxes;

/// <summary>A sender that waits for room, with its message.</summary>
internal sealed class RoomWaiter<TMessage>(BoundedMailbox<TMessage> mailbox, TMessage message)
    : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private CancellationTokenRegistration _cancellation;

    internal TMessage Message { get; } = message;

    /// <summary>The place in the mailbox's list; null when not in it. Guarded by the mailbox's lock.</summary>
    internal LinkedListNode<RoomWaiter<TMessage>>? Node { get; set; }

    internal void Register(CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled) return;
        _cancellation = cancellationToken.UnsafeRegister(
            static (state, token) => ((RoomWaiter<TMessage>)state!).Cancel(token), this);
    }

    internal void Admitted()
    {
        // A registration made a moment later stays until its source goes; its callback finds no node and does nothing.
        _cancellation.Unregister();
        TrySetResult();
    }

    private void Cancel(CancellationToken token)
    {
        if (mailbox.TryRemove(this)) TrySetCanceled(token);
    }
}
