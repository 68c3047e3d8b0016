namespace ActorBalancer.Actors.Cells;

/// <content>Death watch, on both sides.</content>
internal sealed partial class ActorCell<TMessage>
{
    internal void Watch(ActorRef actor)
    {
        if (ReferenceEquals(actor, this))
            throw new ArgumentException($"'{Path}' cannot watch itself.", nameof(actor));
        if ((Extras.Watching ??= []).Add(actor)) actor.SendSystem(new WatchOrder(this, actor));
    }

    internal void Unwatch(ActorRef actor)
    {
        if (_extras?.Watching?.Remove(actor) == true) actor.SendSystem(new UnwatchOrder(this, actor));
    }

    private void AddWatcher(WatchPair pair)
    {
        if (_state == ActorState.Terminated) pair.Watcher.SendSystem(new TerminatedNotice(pair.Watched));
        else (Extras.Watchers ??= []).Add(pair);
    }

    private void AddStopNotification(StopNotification notification)
    {
        if (_state == ActorState.Terminated) notification.Stopped.TrySetResult();
        else (Extras.StopNotifications ??= []).Add(notification);
    }

    /// <summary>At the end: the watched forget this actor, so that they do not keep it from being collected.</summary>
    private void EndWatches()
    {
        if (_extras?.Watching is not { } watching) return;
        foreach (var actor in watching) actor.SendSystem(new UnwatchOrder(this, actor));
        _extras.Watching = null;
    }

    private void TellWatchers()
    {
        if (_extras is not { } extras) return;
        if (extras.Watchers is { } watchers)
        {
            foreach (var pair in watchers) pair.Watcher.SendSystem(new TerminatedNotice(pair.Watched));
        }

        if (extras.StopNotifications is { } notifications)
        {
            foreach (var notification in notifications) notification.Stopped.TrySetResult();
        }

        extras.Watchers = null;
        extras.StopNotifications = null;
    }
}
