using ActorBalancer.Actors.Supervision;

namespace ActorBalancer.Actors.Cells;

/// <summary>What most actors never need, made on first use. Touched on the turn only, unless said otherwise.</summary>
internal sealed class CellExtras
{
    /// <summary>Whom to tell of the end.</summary>
    internal HashSet<WatchPair>? Watchers;

    /// <summary>Whom this actor watches; a notice of anybody else is dropped.</summary>
    internal HashSet<ActorRef>? Watching;

    /// <summary>Those outside who wait for the end.</summary>
    internal List<StopNotification>? StopNotifications;

    /// <summary>Children that were told to stop by this actor while it goes on itself.</summary>
    internal HashSet<ActorRef>? StoppingChildren;

    /// <summary>What is remembered of children that failed.</summary>
    internal Dictionary<ActorRef, RestartHistory>? Histories;

    /// <summary>Failed children whose fate hangs on this actor's own, because it escalated.</summary>
    internal List<ActorRef>? Escalated;

    /// <summary>First and last of the messages that wait for their place among the user messages.</summary>
    internal SystemMessage? DeferredHead;

    internal SystemMessage? DeferredTail;

    /// <summary>The message on which the actor failed, boxed; null when it failed outside of one.</summary>
    internal object? FailedMessage;

    /// <summary>The restart that is under way.</summary>
    internal RestartOrder? Restart;

    /// <summary>The timer of the back-off that is under way.</summary>
    internal ITimer? RestartTimer;

    /// <summary>Timer messages handled. Read by inspection.</summary>
    internal long Ticks;

    /// <summary>Restarts so far. Read by inspection.</summary>
    internal int Restarts;

    /// <summary>The last failure. Read by inspection.</summary>
    internal ActorFailure? LastFailure;
}
