namespace ActorBalancer.Actors.Cells;

/// <summary>
/// A message of the runtime to a cell. It is the node of the queue that it stands in, so it is posted once at a time.
/// </summary>
internal abstract class SystemMessage
{
    /// <summary>The next of the list that this message stands in.</summary>
    internal SystemMessage? Next;

    /// <summary>For messages with a place among user messages: how many must have been taken before.</summary>
    internal long Position;
}

/// <summary>Stop for good.</summary>
internal sealed class StopOrder : SystemMessage;

/// <summary>Who watches, and the reference by which it knows the watched: a router's is not that of its cell.</summary>
internal readonly record struct WatchPair(ActorRef Watcher, ActorRef Watched);

/// <summary>Tell the watcher when you stop.</summary>
internal sealed class WatchOrder(ActorRef watcher, ActorRef watched) : SystemMessage
{
    internal WatchPair Pair { get; } = new(watcher, watched);
}

/// <summary>Forget a watcher.</summary>
internal sealed class UnwatchOrder(ActorRef watcher, ActorRef watched) : SystemMessage
{
    internal WatchPair Pair { get; } = new(watcher, watched);
}

/// <summary>Someone outside waits for the end.</summary>
internal sealed class StopNotification : SystemMessage
{
    internal TaskCompletionSource Stopped { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>To a watcher: the watched actor has stopped.</summary>
internal sealed class TerminatedNotice(ActorRef actor) : SystemMessage
{
    internal ActorRef Actor { get; } = actor;
}

/// <summary>To the parent: a child has stopped for good.</summary>
internal sealed class ChildStopped(ActorRef child) : SystemMessage
{
    internal ActorRef Child { get; } = child;
}

/// <summary>To the parent: a child has failed and waits for a directive.</summary>
internal sealed class ChildFailed(ActorRef child, Exception exception) : SystemMessage
{
    internal ActorRef Child { get; } = child;

    internal Exception Exception { get; } = exception;
}

/// <summary>To a failed child: go on as you are.</summary>
internal sealed class ResumeOrder : SystemMessage;

/// <summary>To a failed child: end the instance, wait, and go on with a new one.</summary>
internal sealed class RestartOrder(Exception cause, TimeSpan backoff) : SystemMessage
{
    internal Exception Cause { get; } = cause;

    internal TimeSpan Backoff { get; } = backoff;
}

/// <summary>To oneself: the back-off is over.</summary>
internal sealed class RestartDue : SystemMessage;

/// <summary>To oneself: something that was done for the actor outside of its turn threw.</summary>
internal sealed class OutsideFault(Exception exception) : SystemMessage
{
    internal Exception Exception { get; } = exception;
}
