using ActorBalancer.Actors.Supervision;

namespace ActorBalancer.Actors.Cells;

/// <content>Failure and restart, as the failing side and as the parent.</content>
internal sealed partial class ActorCell<TMessage>
{
    /// <summary>Halts this actor until its parent has decided.</summary>
    private void Fail(Exception exception, TMessage? message)
    {
        Note(exception);
        if (_state is not (ActorState.Starting or ActorState.Running or ActorState.Restarting or ActorState.BackingOff))
            return;
        MoveTo(ActorState.Failed);
        Extras.FailedMessage = message;
        if (_parent is null) System.OnGuardianFailed(exception);
        else _parent.SendSystem(new ChildFailed(this, exception));
    }

    private void Note(Exception exception) =>
        Extras.LastFailure = new ActorFailure(System.Time.GetUtcNow(), exception.GetType().Name, exception.Message);

    private void OnChildFailed(ChildFailed failed)
    {
        var child = failed.Child;
        // A child that was told to stop needs no decision any more.
        if (!IsChild(child) || _state == ActorState.Stopping) return;
        if (_extras?.StoppingChildren?.Contains(child) == true) return;
        var exception = failed.Exception;
        var backoff = TimeSpan.Zero;
        Directive directive;
        try
        {
            // The old instance's strategy serves until there is a new one.
            var strategy = _actor?.Strategy ?? SupervisorStrategy.Default;
            directive = strategy.Decider(exception);
            if (directive == Directive.Restart && !TryRestart(child, strategy, out backoff))
                directive = Directive.Escalate;
        }
        catch (Exception fault)
        {
            exception = fault;
            directive = Directive.Escalate;
        }

        if (System.EventStream.HasSubscribers<ActorFailed>())
            System.EventStream.Publish(new ActorFailed(child.Path, exception, directive));
        switch (directive)
        {
            case Directive.Resume:
                child.SendSystem(new ResumeOrder());
                break;
            case Directive.Restart:
                child.SendSystem(new RestartOrder(exception, backoff));
                break;
            case Directive.Stop:
                StopChild(child);
                break;
            default:
                (Extras.Escalated ??= []).Add(child);
                // When this actor has failed already, the decision on it will settle the child too.
                if (_state == ActorState.Running) Fail(exception, default);
                break;
        }
    }

    private bool TryRestart(ActorRef child, SupervisorStrategy strategy, out TimeSpan backoff)
    {
        var histories = Extras.Histories ??= [];
        if (!histories.TryGetValue(child, out var history)) histories.Add(child, history = new RestartHistory());
        return history.TryRestart(strategy, System.Time, System.NextChance(), out backoff);
    }

    private ValueTask OnResumeAsync()
    {
        if (_state != ActorState.Failed) return default;
        // What failed before it was ready has no state to go on with.
        if (!_isReady) return OnRestartAsync(new RestartOrder(new InvalidOperationException(
            $"'{Path}' failed at its start and was told to resume; it is restarted."), TimeSpan.Zero));
        Extras.FailedMessage = null;
        MoveTo(ActorState.Running);
        SettleEscalated(static _ => new ResumeOrder());
        return default;
    }

    private async ValueTask OnRestartAsync(RestartOrder restart)
    {
        if (_state != ActorState.Failed) return;
        MoveTo(ActorState.Restarting);
        var message = Extras.FailedMessage;
        EndTimers();
        Extras.Restart = restart;
        if (_isReady)
        {
            try
            {
                await _actor!.BeforeRestartAsync(restart.Cause, message is TMessage typed ? typed : default);
            }
            catch (Exception exception)
            {
                Note(exception);
                System.EventStream.Publish(new ActorFailed(Path, exception, Directive.Restart));
            }
        }
        else
        {
            // Its hooks are not called: it never became ready. Whatever it spawned until then goes.
            foreach (var child in Children()) StopChild(child);
        }

        _isReady = false;
        await BackOffIfChildrenGoneAsync();
    }

    private ValueTask BackOffIfChildrenGoneAsync()
    {
        if (Extras.StoppingChildren is { Count: > 0 }) return default;
        var backoff = Extras.Restart!.Backoff;
        if (backoff <= TimeSpan.Zero) return RecreateAsync();
        MoveTo(ActorState.BackingOff);
        Extras.RestartTimer = System.Time.CreateTimer(
            static cell => ((ActorRef)cell!).SendSystem(new RestartDue()), this, backoff, Timeout.InfiniteTimeSpan);
        return default;
    }

    // A due that finds another state lost to a stop; there is one timer at most, and it fires once.
    private ValueTask OnRestartDueAsync() => _state == ActorState.BackingOff ? RecreateAsync() : default;

    private async ValueTask RecreateAsync()
    {
        var cause = Extras.Restart!.Cause;
        EndTimers();
        try
        {
            MakeInstance();
            await _actor!.AfterRestartAsync(cause);
        }
        catch (Exception exception)
        {
            Fail(exception, default);
            return;
        }

        _isReady = true;
        Extras.Restarts++;
        MoveTo(ActorState.Running);
        if (System.EventStream.HasSubscribers<ActorRestarted>())
            System.EventStream.Publish(new ActorRestarted(Path, cause, Extras.Restarts));
        SettleEscalated(_ => new RestartOrder(cause, TimeSpan.Zero));
    }

    /// <summary>Passes the decision on this actor on to the failed children that caused it.</summary>
    private void SettleEscalated(Func<ActorRef, SystemMessage> order)
    {
        if (Extras.Escalated is not { } escalated) return;
        Extras.Escalated = null;
        foreach (var child in escalated)
        {
            if (IsChild(child) && Extras.StoppingChildren?.Contains(child) != true) child.SendSystem(order(child));
        }
    }
}
