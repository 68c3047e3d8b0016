namespace ActorBalancer.Actors.Cells;

/// <content>Start, stop, and what system messages do.</content>
internal sealed partial class ActorCell<TMessage>
{
    private ValueTask HandleSystemAsync(SystemMessage message)
    {
        switch (message)
        {
            case StopOrder:
                return StopAsync();
            case WatchOrder watch:
                AddWatcher(watch.Pair);
                return default;
            case UnwatchOrder unwatch:
                _extras?.Watchers?.Remove(unwatch.Pair);
                return default;
            case StopNotification notification:
                AddStopNotification(notification);
                return default;
            case ChildStopped stopped:
                return OnChildStoppedAsync(stopped.Child);
            case ChildFailed failed:
                OnChildFailed(failed);
                return default;
            case ResumeOrder:
                return OnResumeAsync();
            case RestartOrder restart:
                return OnRestartAsync(restart);
            case RestartDue:
                return OnRestartDueAsync();
            case OutsideFault fault:
                if (_state == ActorState.Running) Fail(fault.Exception, default);
                return default;
            default:
                // Timers and notices of death: they take their place among the user messages.
                if (_state is not (ActorState.Stopping or ActorState.Terminated)) Defer(message);
                return default;
        }
    }

    private async ValueTask StartAsync()
    {
        try
        {
            MakeInstance();
            await _actor!.StartAsync();
            _isReady = true;
            MoveTo(ActorState.Running);
        }
        catch (Exception exception)
        {
            Fail(exception, default);
        }
    }

    private void MakeInstance()
    {
        var actor = _props.Factory()
            ?? throw new InvalidOperationException($"'{Path}': the factory of its props returned null.");
        actor.Attach(_context);
        Volatile.Write(ref _actor, actor);
    }

    private ValueTask StopAsync()
    {
        if (_state is ActorState.Stopping or ActorState.Terminated) return default;
        MoveTo(ActorState.Stopping);
        EndTimers();
        // Spawn reads the state after adding: a child that is not seen here stops itself (see Spawn).
        if (_children is { } children)
        {
            foreach (var child in children.Values) child.SendSystem(new StopOrder());
        }

        return EndIfChildlessAsync();
    }

    private ValueTask EndIfChildlessAsync() => _children is null or { IsEmpty: true } ? EndAsync() : default;

    private async ValueTask EndAsync()
    {
        if (_isReady)
        {
            try
            {
                await _actor!.StopAsync();
            }
            catch (Exception exception)
            {
                Note(exception);
                System.EventStream.Publish(new ActorFailed(Path, exception, Directive.Stop));
            }
        }

        _isReady = false;
        Volatile.Write(ref _actor, null);
        EndWatches();
        MoveTo(ActorState.Terminated);
        Flush();
        if (System.EventStream.HasSubscribers<ActorStopped>()) System.EventStream.Publish(new ActorStopped(Path));
        // The parent before the watchers: when a watcher learns of the end, the name is free.
        if (_parent is null) System.OnGuardianStopped();
        else _parent.SendSystem(new ChildStopped(this));
        TellWatchers();
    }

    private void EndTimers()
    {
        _context.TimersInUse?.CancelAll();
        if (_extras is not { } extras) return;
        extras.RestartTimer?.Dispose();
        extras.RestartTimer = null;
        extras.Restart = null;
        extras.FailedMessage = null;
    }
}
