using ActorBalancer.Actors.Mailboxes;
using ActorBalancer.Actors.Timers;

namespace ActorBalancer.Actors.Cells;

/// <content>The turn: taking messages and handling them one by one.</content>
internal sealed partial class ActorCell<TMessage>
{
    /// <summary>System messages taken over from <see cref="_posted"/>, oldest first.</summary>
    private SystemMessage? _inOrder;

    private ParkedStep<TMessage>? _parked;

    /// <summary>The place of the first deferred message; the highest value when there is none.</summary>
    private long _nextDeferred = long.MaxValue;

    void IThreadPoolWorkItem.Execute()
    {
        if (_parked is { IsActive: true } parked) TakeUp(parked);
        var budget = System.Throughput;
        while (true)
        {
            if (budget <= 0)
            {
                // Others' turn; the gate stays Scheduled.
                QueueTurn();
                return;
            }

            switch (TakeStep(ref budget))
            {
                case StepResult.Done:
                    continue;
                case StepResult.Parked:
                    return;
                case StepResult.NotYet:
                    QueueTurn();
                    return;
                default:
                    if (TryEndTurn()) return;
                    continue;
            }
        }
    }

    private enum StepResult
    {
        /// <summary>Something was done; look again.</summary>
        Done,

        /// <summary>The turn was handed over to a step that is awaited: hands off.</summary>
        Parked,

        /// <summary>
        /// A sender has claimed a place in the mailbox and not filled it yet. It may have been put off by the system
        /// for long, so the thread does other work first instead of spinning.
        /// </summary>
        NotYet,

        /// <summary>Nothing to do was found.</summary>
        Nothing,
    }

    private StepResult TakeStep(ref int budget)
    {
        // Before system messages: a child of the guardian may have failed before the guardian's own first turn, and the
        // decision on it needs the instance with its strategy.
        if (_state == ActorState.Starting) return Finish(StartAsync());
        if (_inOrder is not null || Volatile.Read(ref _posted) is not null)
        {
            budget--;
            return Finish(HandleSystemAsync(NextSystemMessage()));
        }

        switch (_state)
        {
            case ActorState.Running when _taken >= _nextDeferred:
                budget--;
                return TakeDeferred();
            case ActorState.Running:
                return Drain(ref budget);
            case ActorState.Terminated:
                return Flush();
            default:
                return StepResult.Nothing;
        }
    }

    /// <summary>Handles user messages until there is something else to do.</summary>
    private StepResult Drain(ref int budget)
    {
        var mailbox = Volatile.Read(ref _mailbox);
        if (mailbox is null) return StepResult.Nothing;
        var actor = _actor!;
        var bounded = _isBounded ? (BoundedMailbox<TMessage>)mailbox : null;
        var left = budget;
        TMessage? message = default;
        try
        {
            while (true)
            {
                if (bounded is { CanAdmit: true }) bounded.Admit();
                if (!mailbox.TryTake(out message))
                    return mailbox.IsEmpty ? StepResult.Nothing : StepResult.NotYet;
                bounded?.Release();
                _taken++;
                left--;
                var step = actor.ReceiveAsync(message);
                if (!step.IsCompleted) return Park(step, message);
                step.GetAwaiter().GetResult();
                if (left <= 0 || _taken >= _nextDeferred || Volatile.Read(ref _posted) is not null)
                    return StepResult.Done;
            }
        }
        catch (Exception exception)
        {
            Fail(exception, message);
            return StepResult.Done;
        }
        finally
        {
            budget = left;
        }
    }

    /// <summary>Handles the first of the messages that waited for their place.</summary>
    private StepResult TakeDeferred()
    {
        var extras = Extras;
        var deferred = extras.DeferredHead!;
        extras.DeferredHead = deferred.Next;
        if (deferred.Next is null) extras.DeferredTail = null;
        _nextDeferred = deferred.Next?.Position ?? long.MaxValue;
        deferred.Next = null;
        TMessage? message = default;
        try
        {
            ValueTask step;
            if (deferred is TimerEntry<TMessage> entry)
            {
                if (!_context.TimersInUse!.TryTake(entry)) return StepResult.Done;
                extras.Ticks++;
                message = entry.Message;
                step = _actor!.ReceiveAsync(message);
            }
            else
            {
                var gone = ((TerminatedNotice)deferred).Actor;
                // Unwatched since, or told already.
                if (extras.Watching?.Remove(gone) != true) return StepResult.Done;
                step = _actor!.TerminatedAsync(new Terminated(gone));
            }

            if (!step.IsCompleted) return Park(step, message);
            step.GetAwaiter().GetResult();
        }
        catch (Exception exception)
        {
            Fail(exception, message);
        }

        return StepResult.Done;
    }

    /// <summary>Gives a message its place behind the user messages that wait now.</summary>
    private void Defer(SystemMessage message)
    {
        var extras = Extras;
        message.Next = null;
        message.Position = _taken + MailboxLength;
        if (extras.DeferredTail is null)
        {
            extras.DeferredHead = message;
            _nextDeferred = message.Position;
        }
        else
        {
            extras.DeferredTail.Next = message;
        }

        extras.DeferredTail = message;
    }

    private StepResult Finish(ValueTask step)
    {
        if (!step.IsCompleted) return Park(step, default);
        step.GetAwaiter().GetResult();
        return StepResult.Done;
    }

    private StepResult Park(ValueTask step, TMessage? message)
    {
        // The end of the step queues a turn instead of going on at once: it may come on a thread that is inside
        // another actor's turn, or that holds somebody's lock.
        _parked ??= new ParkedStep<TMessage>(QueueTurn);
        _parked.Park(step, message);
        return StepResult.Parked;
    }

    private void TakeUp(ParkedStep<TMessage> parked)
    {
        try
        {
            parked.TakeUp();
        }
        catch (Exception exception)
        {
            Fail(exception, parked.Message);
        }

        parked.Clear();
    }

    private SystemMessage NextSystemMessage()
    {
        if (_inOrder is null)
        {
            // Posted last in, first out; turned round here.
            var posted = Interlocked.Exchange(ref _posted, null);
            while (posted is not null)
            {
                var before = posted.Next;
                posted.Next = _inOrder;
                _inOrder = posted;
                posted = before;
            }
        }

        var first = _inOrder!;
        _inOrder = first.Next;
        first.Next = null;
        return first;
    }

    /// <summary>Gives the claim up.</summary>
    /// <returns>False when there is work again and the claim was regained: the turn goes on.</returns>
    private bool TryEndTurn()
    {
        // Read before the claim goes: afterwards the state is another turn's.
        var takesUserMessages = _state is ActorState.Running or ActorState.Terminated;
        var rest = takesUserMessages ? Idle : Suspended;
        Interlocked.Exchange(ref _gate, rest);
        // M2: a post that came before the exchange did not schedule, so look again.
        var hasWork = Volatile.Read(ref _posted) is not null;
        if (!hasWork && takesUserMessages && Volatile.Read(ref _mailbox) is { } mailbox)
            hasWork = !mailbox.IsEmpty || (_isBounded && ((BoundedMailbox<TMessage>)mailbox).CanAdmit);
        return !hasWork || Interlocked.CompareExchange(ref _gate, Scheduled, rest) != rest;
    }

    /// <summary>On a stopped cell: what still comes is a dead letter (M4).</summary>
    private StepResult Flush()
    {
        if (Volatile.Read(ref _mailbox) is not { } mailbox) return StepResult.Nothing;
        var bounded = _isBounded ? (BoundedMailbox<TMessage>)mailbox : null;
        while (true)
        {
            if (mailbox.TryTake(out var message)) bounded?.Release();
            else if (bounded is null || !bounded.TryTakeWaiting(out message)) break;
            System.DeadLetters.Add(this, message!, DeadLetterReason.ActorStopped);
        }

        return mailbox.IsEmpty ? StepResult.Nothing : StepResult.NotYet;
    }
}
