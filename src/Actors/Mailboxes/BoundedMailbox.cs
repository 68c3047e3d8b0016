namespace ActorBalancer.Actors.Mailboxes;

/// <summary>A mailbox with a bound, and with the senders that wait for room in it.</summary>
/// <remarks>
/// B1: a sender's message is posted only after a place was reserved; places are given back one for each message taken.
/// What the actor sends to itself is posted without asking, so the count may exceed the capacity by that.
/// B2: while somebody waits, nobody else reserves: first come, first served. The wait count falls only after the
/// waiter's message is in the mailbox.
/// B3: waiters are admitted on the actor's turn only. Whoever begins to wait schedules a turn afterwards, and a turn
/// that ends looks for waiters after it gave up its claim, so none is left behind (as M2 of the cell).
/// </remarks>
internal sealed class BoundedMailbox<TMessage>(int capacity, OverflowRule rule) : Mailbox<TMessage>
{
    private readonly Lock _lock = new();
    private readonly LinkedList<RoomWaiter<TMessage>> _waiters = [];
    private int _places;
    private int _waiting;

    internal OverflowRule Rule { get; } = rule;

    internal bool IsFull => Volatile.Read(ref _places) >= capacity;

    /// <summary>True when a waiter could be admitted now.</summary>
    internal bool CanAdmit => Volatile.Read(ref _waiting) > 0 && !IsFull;

    internal bool TryPost(TMessage message)
    {
        if (Volatile.Read(ref _waiting) > 0 || !TryReserve()) return false;
        Post(message);
        return true;
    }

    /// <summary>For messages of the actor to itself.</summary>
    internal void PostBeyondBound(TMessage message)
    {
        Interlocked.Increment(ref _places);
        Post(message);
    }

    /// <summary>Gives back the place of a message that was taken.</summary>
    internal void Release() => Interlocked.Decrement(ref _places);

    /// <summary>Queues up for room. The caller schedules a turn afterwards (B3).</summary>
    internal Task WaitAsync(TMessage message, CancellationToken cancellationToken)
    {
        var waiter = new RoomWaiter<TMessage>(this, message);
        lock (_lock)
        {
            waiter.Node = _waiters.AddLast(waiter);
            Interlocked.Increment(ref _waiting);
        }

        // After the node is in the list: the callback may run at once, and looks for it there.
        waiter.Register(cancellationToken);
        return waiter.Task;
    }

    /// <summary>On the actor's turn: lets in as many waiters as there is room for.</summary>
    internal void Admit()
    {
        while (Volatile.Read(ref _waiting) > 0 && TryReserve())
        {
            if (RemoveFirst(post: true) is { } waiter)
            {
                waiter.Admitted();
                continue;
            }

            Release();
            return;
        }
    }

    /// <summary>On the turn of a stopped actor: takes a message that waits for room, if any.</summary>
    internal bool TryTakeWaiting([System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out TMessage message)
    {
        var waiter = Volatile.Read(ref _waiting) > 0 ? RemoveFirst(post: false) : null;
        if (waiter is null)
        {
            message = default;
            return false;
        }

        message = waiter.Message;
        waiter.Admitted();
        return true;
    }

    /// <summary>Takes a cancelled waiter out.</summary>
    /// <returns>False when it was admitted before.</returns>
    internal bool TryRemove(RoomWaiter<TMessage> waiter)
    {
        lock (_lock)
        {
            if (waiter.Node is null) return false;
            _waiters.Remove(waiter.Node);
            waiter.Node = null;
            Interlocked.Decrement(ref _waiting);
            return true;
        }
    }

    private RoomWaiter<TMessage>? RemoveFirst(bool post)
    {
        lock (_lock)
        {
            var waiter = _waiters.First?.Value;
            if (waiter is null) return null;
            _waiters.RemoveFirst();
            waiter.Node = null;
            if (post) Post(waiter.Message);
            Interlocked.Decrement(ref _waiting);
            return waiter;
        }
    }

    private bool TryReserve()
    {
        // Not increment-and-undo: that would refuse others for the moment in which the count is too high.
        var places = Volatile.Read(ref _places);
        while (places < capacity)
        {
            var seen = Interlocked.CompareExchange(ref _places, places + 1, places);
            if (seen == places) return true;
            places = seen;
        }

        return false;
    }
}
