using ActorBalancer.Actors.Mailboxes;

namespace ActorBalancer.Actors.Cells;

/// <content>What any thread may call: posting and scheduling.</content>
internal sealed partial class ActorCell<TMessage>
{
    /// <summary>Idle, Scheduled or Suspended; see M1 to M3.</summary>
    private int _gate;

    /// <summary>Last posted of the system messages, linked backwards.</summary>
    private SystemMessage? _posted;

    public override void Tell(TMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (IsTerminated)
        {
            System.DeadLetters.Add(this, message, DeadLetterReason.ActorStopped);
        }
        else if (!_isBounded)
        {
            Post(message);
        }
        else if (!Bounded().TryPost(message))
        {
            System.DeadLetters.Add(this, message, DeadLetterReason.MailboxFull);
        }
        else
        {
            ScheduleForUserMessage();
        }
    }

    public override bool TryTell(TMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (IsTerminated) return false;
        if (!_isBounded)
        {
            Post(message);
        }
        else if (Bounded().TryPost(message))
        {
            ScheduleForUserMessage();
        }
        else
        {
            if (Bounded().Rule != OverflowRule.DropToDeadLetters) return false;
            System.DeadLetters.Add(this, message, DeadLetterReason.MailboxFull);
        }

        return true;
    }

    public override ValueTask TellAsync(TMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        if (!_isBounded || IsTerminated || Bounded().Rule != OverflowRule.Wait)
        {
            Tell(message);
            return default;
        }

        if (Bounded().TryPost(message))
        {
            ScheduleForUserMessage();
            return default;
        }

        var admitted = Bounded().WaitAsync(message, cancellationToken);
        // Room may have been made, or the actor may have stopped, before the waiter stood in the list (B3, M4).
        ScheduleForUserMessage();
        return new ValueTask(admitted);
    }

    /// <summary>Posts to an unbounded mailbox, whatever state the actor has come to meanwhile (M4).</summary>
    internal void Post(TMessage message)
    {
        Mailbox().Post(message);
        ScheduleForUserMessage();
    }

    /// <summary>For what the actor sends to itself from outside of its turn: no bound applies.</summary>
    internal void TellSelf(TMessage message)
    {
        if (_isBounded && !IsTerminated)
        {
            Bounded().PostBeyondBound(message);
            ScheduleForUserMessage();
        }
        else
        {
            Tell(message);
        }
    }

    internal override void SendSystem(SystemMessage message)
    {
        var last = Volatile.Read(ref _posted);
        while (true)
        {
            message.Next = last;
            var seen = Interlocked.CompareExchange(ref _posted, message, last);
            if (seen == last) break;
            last = seen;
        }

        int gate;
        while ((gate = Volatile.Read(ref _gate)) != Scheduled)
        {
            if (Interlocked.CompareExchange(ref _gate, Scheduled, gate) != gate) continue;
            QueueTurn();
            return;
        }
    }

    private void ScheduleForUserMessage()
    {
        if (Volatile.Read(ref _gate) == Idle && Interlocked.CompareExchange(ref _gate, Scheduled, Idle) == Idle)
            QueueTurn();
    }

    // Not to the thread's own queue (preferLocal): it is last in, first out and goes before the common one, so two
    // actors that talk to each other would starve the rest; and bench/Micro shows no gain from it.
    private void QueueTurn()
    {
        if (System.Dispatcher is { } dispatcher)
            dispatcher.Schedule(this);
        else
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private Mailbox<TMessage> Mailbox() => Volatile.Read(ref _mailbox) ?? MakeMailbox();

    private BoundedMailbox<TMessage> Bounded() => (BoundedMailbox<TMessage>)Mailbox();

    private Mailbox<TMessage> MakeMailbox()
    {
        var options = _props.Mailbox;
        var made = options.Capacity is { } capacity
            ? new BoundedMailbox<TMessage>(capacity, options.Rule)
            : new Mailbox<TMessage>();
        return Interlocked.CompareExchange(ref _mailbox, made, null) ?? made;
    }
}
