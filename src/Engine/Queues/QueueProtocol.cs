using ActorBalancer.Actors;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Engine.Queues;

/// <summary>What a queue's actor understands.</summary>
internal abstract record QueueMessage;

/// <summary>Intake admitted a task; its run stands in <see cref="QueuedTask.Attachment"/>.</summary>
internal sealed record Submit(QueuedTask Task) : QueueMessage;

/// <summary>Intake admitted tasks that nobody waits in: to be acknowledged once they are on disk.</summary>
/// <param name="Tasks">The tasks, in order.</param>
/// <param name="Done">Set to null after the commit, or to the reason of the refusal.</param>
internal sealed record SubmitDurable(QueuedTask[] Tasks, TaskCompletionSource<TaskOutcome?> Done) : QueueMessage;

/// <summary>The commit of tasks failed.</summary>
internal sealed record SubmitRefused(SubmitDurable Submit, Exception Reason) : QueueMessage;

/// <summary>An attempt ended. One follows each <see cref="RunTask"/>, also when nobody wants it any more.</summary>
internal sealed record AttemptEnded(QueuedTask Task, long Token, WorkerTarget Target, AttemptResult Result)
    : QueueMessage;

/// <summary>The first bytes of a stream are there. Whoever gets it hands the stream on or disposes it.</summary>
internal sealed record StreamOpened(QueuedTask Task, long Token, WorkerStream Stream) : QueueMessage;

/// <summary>The record of a task's end is on disk.</summary>
/// <param name="Run">The task's run.</param>
/// <param name="End">Its end.</param>
/// <param name="Kind">What a waiting caller was told, or would have been.</param>
/// <param name="Pending">The outcome of a caller who was to wait for the disk; null when there is none.</param>
internal sealed record EndStored(TaskRun Run, TaskEnd End, TaskOutcomeKind Kind, TaskOutcome? Pending) : QueueMessage;

/// <summary>Call a task off.</summary>
/// <param name="Task">The task.</param>
/// <param name="ReplyTo">Learns whether that is so; null when nobody asks.</param>
/// <param name="Only">In this state alone, and then nothing but that answer means done; null in any.</param>
internal sealed record CancelTask(QueuedTask Task, ActorRef<TaskView>? ReplyTo, TaskState? Only = null) : QueueMessage;

/// <summary>Show a task.</summary>
/// <param name="Task">The task.</param>
/// <param name="WithEnd">True also wants to hear of its end.</param>
/// <param name="ReplyTo">Gets the view.</param>
internal sealed record ViewTask(QueuedTask Task, bool WithEnd, ActorRef<TaskView> ReplyTo) : QueueMessage;

/// <summary>A task as its queue sees it.</summary>
/// <param name="Kind">What became of the order: done, too late, stale, or unknown when the queue does not have the
/// task: it has just left, or the queue has not taken it yet.</param>
/// <param name="Snapshot">The task; null when it was not asked for, or when its end is not yet on disk.</param>
/// <param name="Ended">Completes after its end; null when that was not asked for.</param>
internal sealed record TaskView(TaskAnswerKind Kind, TaskSnapshot? Snapshot, Task<TaskEnding>? Ended)
{
    public static readonly TaskView Unknown = new(TaskAnswerKind.Unknown, null, null);
}

/// <summary>Let somebody follow a task's events; unknown as for <see cref="TaskView"/>.</summary>
internal sealed record FollowTask(QueuedTask Task, long After, ActorRef<TaskFollower> ReplyTo) : QueueMessage;

/// <summary>A worker tells of the attempt that runs under a token.</summary>
internal sealed record ReportTask(
    QueuedTask Task, long Token, TaskEventKind Kind, byte[] Data, ActorRef<TaskView> ReplyTo) : QueueMessage;

/// <summary>Pause until a moment in Unix milliseconds, <see cref="long.MaxValue"/> for an order to resume; null
/// resumes. The reply completes when that is on disk.</summary>
internal sealed record SetPause(long? UntilMilliseconds, ActorRef<Task> ReplyTo) : QueueMessage;

/// <summary>The pause may be over.</summary>
internal sealed record PauseTick : QueueMessage;

/// <summary>Time to measure the rates.</summary>
internal sealed record RateTick : QueueMessage;

/// <summary>The valid workers of the queue and the functions that they share.</summary>
internal sealed record WorkersChanged(WorkerTarget[] Targets, IReadOnlyCollection<string> Functions) : QueueMessage;

/// <summary>A worker gets no new tasks; it waits to hear that its last one has ended.</summary>
internal sealed record WorkerRetired(WorkerTarget Target) : QueueMessage;

/// <summary>A worker gets no new tasks by an operator's order; it waits to hear that its last one has ended.</summary>
internal sealed record WorkerDrains(WorkerTarget Target) : QueueMessage;

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

/// <summary>The earliest due time has come.</summary>
internal sealed record BackoffEnded : QueueMessage;

/// <summary>What was due is pending now, or the store could not be asked.</summary>
internal sealed record DuePromoted : QueueMessage;

/// <summary>Tasks whose bodies had to be read from disk are leased now, or could not be.</summary>
internal sealed record LeaseLoaded(Exception? Fault) : QueueMessage;

/// <summary>A shared store says that the queue may have tasks to lease, or is paused or resumed.</summary>
internal sealed record QueueWoken : QueueMessage
{
    public static readonly QueueWoken Instance = new();
}

/// <summary>The counts of a shared queue are fresh.</summary>
internal sealed record QueueTended : QueueMessage
{
    public static readonly QueueTended Instance = new();
}

/// <summary>A shared store answered whether the end of a task counts.</summary>
/// <param name="Run">The task's run.</param>
/// <param name="End">Its end.</param>
/// <param name="Outcome">What its caller is told if it does.</param>
/// <param name="IsOurs">False when another lease has taken the task's place; null when the store has stopped.</param>
internal sealed record SharedEndStored(TaskRun Run, TaskEnd End, TaskOutcome Outcome, bool? IsOurs) : QueueMessage;

/// <summary>A shared store answered whether the task could be given back; members as in
/// <see cref="SharedEndStored"/>.</summary>
internal sealed record GivenBack(QueuedTask Task, bool? IsOurs) : QueueMessage;

/// <summary>A shared store answered whether the task whose answer begins to stream is still this node's.</summary>
internal sealed record StreamJudged(StreamOpened Opened, bool IsOurs) : QueueMessage;

/// <summary>Another node has ended a task that this one runs.</summary>
internal sealed record LeaseRevoked(QueuedTask Task) : QueueMessage;

/// <summary>The engine drains: hand out nothing any more, answer callers whose tasks do not run, and reply when the
/// last running one has ended.</summary>
internal sealed record Drain(ActorRef<bool> ReplyTo) : QueueMessage;

/// <summary>The engine stops: answer every caller, take no task any more, then reply.</summary>
internal sealed record Quiesce(ActorRef<bool> ReplyTo) : QueueMessage;

/// <summary>What the supervisor of all queues understands.</summary>
internal abstract record QueuesMessage;

/// <summary>What the store brought back, in one message: each would have the map of all routes built anew.</summary>
/// <param name="Queues">The queues.</param>
/// <param name="ReplyTo">Told when tasks for them can be taken.</param>
internal sealed record RecoverQueues(IReadOnlyList<RecoveredQueue> Queues, ActorRef<bool> ReplyTo) : QueuesMessage;

/// <summary>What the store brought back of a queue.</summary>
/// <param name="Key">The queue.</param>
/// <param name="Tasks">Its tasks that have not ended.</param>
/// <param name="Functions">Functions that were ever seen there.</param>
/// <param name="PausedUntilMilliseconds">End of its pause; null for none.</param>
internal sealed record RecoveredQueue(
    QueueKey Key, IReadOnlyList<QueuedTask> Tasks, IReadOnlyCollection<string> Functions,
    long? PausedUntilMilliseconds);

/// <summary>The workers of a group and contract changed.</summary>
internal sealed record AssignWorkers(QueueKey Key, WorkerTarget[] Targets, IReadOnlyCollection<string> Functions)
    : QueuesMessage;
