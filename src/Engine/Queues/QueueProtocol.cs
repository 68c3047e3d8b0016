using ActorBalancer.Actors;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Engine.Queues;

/// <summary>What a queue's actor understands.</summary>
internal abstract record QueueMessage;

/// <summary>Intake admitted a task; its run stands in <see cref="QueuedTask.Attachment"/>.</summary>
internal sealed record Submit(QueuedTask Task) : QueueMessage;

/// <summary>An attempt ended. One follows each <see cref="RunTask"/>, also when nobody wants it any more.</summary>
internal sealed record AttemptEnded(QueuedTask Task, long Token, WorkerTarget Target, AttemptResult Result)
    : QueueMessage;

/// <summary>The valid workers of the queue and the functions that they share.</summary>
internal sealed record WorkersChanged(WorkerTarget[] Targets, IReadOnlyCollection<string> Functions) : QueueMessage;

/// <summary>A worker gets no new tasks; it waits to hear that its last one has ended.</summary>
internal sealed record WorkerRetired(WorkerTarget Target) : QueueMessage;

/// <summary>A worker may have more room than before.</summary>
internal sealed record CapacityChanged : QueueMessage
{
    public static readonly CapacityChanged Instance = new();
}

/// <summary>The store has room again for tasks that are written behind.</summary>
internal sealed record StoreCaughtUp : QueueMessage
{
    public static readonly StoreCaughtUp Instance = new();
}

/// <summary>Time to look for runs whose time is over.</summary>
internal sealed record DeadlineTick : QueueMessage;

/// <summary>The earliest back-off has ended.</summary>
internal sealed record BackoffEnded : QueueMessage;

/// <summary>Tasks whose bodies had to be read from disk are leased now, or could not be.</summary>
internal sealed record LeaseLoaded(Exception? Fault) : QueueMessage;

/// <summary>The engine stops: answer every caller, take no task any more, then reply.</summary>
internal sealed record Quiesce(ActorRef<bool> ReplyTo) : QueueMessage;

/// <summary>What the supervisor of all queues understands.</summary>
internal abstract record QueuesMessage;

/// <summary>The store holds tasks of that queue from an earlier run.</summary>
internal sealed record RecoverQueue(QueueKey Key) : QueuesMessage;

/// <summary>The workers of a group and contract changed.</summary>
internal sealed record AssignWorkers(QueueKey Key, WorkerTarget[] Targets, IReadOnlyCollection<string> Functions)
    : QueuesMessage;
