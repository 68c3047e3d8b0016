using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Engine;

/// <summary>The engine as its doors see it. Thread-safe.</summary>
public interface IBalancer
{
    /// <summary>Runs a sync or stream task and waits for its end, or for its first byte.</summary>
    /// <param name="request">The task.</param>
    /// <param name="cancellationToken">Cancels the task, wherever it stands: its sender has gone. A stream that was
    /// handed over is ended by disposing it instead.</param>
    /// <returns>Exactly one outcome, at the latest when the task's time has run out. The caller disposes it.</returns>
    ValueTask<TaskOutcome> RunAsync(TaskRequest request, CancellationToken cancellationToken = default);

    /// <summary>Takes async and webhook tasks in.</summary>
    /// <param name="requests">The tasks, in order.</param>
    /// <returns>One receipt each, in the same order, when all that were taken are on disk.</returns>
    ValueTask<IReadOnlyList<TaskReceipt>> SubmitAsync(IReadOnlyList<TaskRequest> requests);

    /// <summary>A task with its result.</summary>
    /// <param name="id">The task.</param>
    /// <param name="wait">How long to wait for its end; zero for not at all. A stop of the balancer ends the
    /// wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<TaskLookup> FindAsync(TaskId id, TimeSpan wait, CancellationToken cancellationToken);

    /// <summary>The events of a task.</summary>
    /// <param name="id">The task.</param>
    /// <param name="after">Only events with a greater id; -1 for all.</param>
    ValueTask<TaskFollower> FollowAsync(TaskId id, long after);

    /// <summary>Cancels a task in any state before its end; a running call to the worker is ended.</summary>
    /// <returns><see cref="TaskAnswerKind.Done"/> when it is cancelled now or was before, and that is on disk;
    /// <see cref="TaskAnswerKind.TooLate"/> when it had ended otherwise.</returns>
    ValueTask<TaskOrderResult> CancelAsync(TaskId id);

    /// <summary>Cancels the living tasks of a filter, newest first. One that moves on to another state meanwhile goes
    /// on.</summary>
    /// <param name="filter">Its state must not be final; null for any.</param>
    /// <returns>How many this has cancelled; their ends are on disk.</returns>
    ValueTask<int> CancelAllAsync(TaskFilter filter);

    /// <summary>The body of a task, as it came.</summary>
    ValueTask<TaskInput> FindInputAsync(TaskId id);

    /// <summary>Queues a dead or cancelled task again, with all its attempts anew.</summary>
    /// <returns><see cref="TaskAnswerKind.Done"/> when that is on disk; <see cref="TaskAnswerKind.TooLate"/> when the
    /// task is neither dead nor cancelled.</returns>
    ValueTask<TaskOrderResult> RetryAsync(TaskId id);

    /// <summary>Queues all dead or cancelled tasks of a filter again, oldest last.</summary>
    /// <param name="filter">Its state must be dead or cancelled.</param>
    /// <returns>How many came back.</returns>
    ValueTask<int> RetryAllAsync(TaskFilter filter);

    /// <summary>Forgets the ended tasks of a filter.</summary>
    /// <param name="filter">Its state must be final.</param>
    /// <returns>How many there were.</returns>
    ValueTask<int> PurgeAsync(TaskFilter filter);

    /// <summary>Sends the result of a webhook task again, with tries anew.</summary>
    /// <returns><see cref="TaskAnswerKind.TooLate"/> when the task has no delivery, or one that is pending.</returns>
    ValueTask<TaskOrderResult> RedeliverAsync(TaskId id);

    /// <summary>A running task's worker tells how far it is, or a part of its output.</summary>
    /// <param name="id">The task.</param>
    /// <param name="fencingToken">The token that came with the attempt.</param>
    /// <param name="kind"><see cref="TaskEventKind.Chunk"/> or <see cref="TaskEventKind.Progress"/>.</param>
    /// <param name="data">One JSON value in UTF-8; the engine keeps the array.</param>
    /// <returns><see cref="TaskAnswerKind.Stale"/> when the token is not that of the running attempt.</returns>
    ValueTask<TaskOrderResult> ReportAsync(TaskId id, long fencingToken, TaskEventKind kind, byte[] data);

    /// <summary>Tasks, newest first, without results.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="before">Only older ones; null from the newest.</param>
    /// <param name="limit">At most so many, 1 to 1,000.</param>
    ValueTask<TaskPage> ListAsync(TaskFilter filter, TaskId? before, int limit);

    /// <summary>All queues, by group and contract.</summary>
    ValueTask<IReadOnlyList<QueueSnapshot>> ListQueuesAsync();

    /// <summary>Stops a queue from handing out tasks; intake goes on, running tasks end. Kept over restarts.</summary>
    /// <param name="key">The queue.</param>
    /// <param name="duration">How long; null until <see cref="ResumeAsync"/>.</param>
    /// <returns>False when there is no such queue; true when the pause is on disk.</returns>
    ValueTask<bool> PauseAsync(QueueKey key, TimeSpan? duration);

    /// <summary>Ends a pause; does nothing when there is none.</summary>
    /// <returns>False when there is no such queue.</returns>
    ValueTask<bool> ResumeAsync(QueueKey key);

    /// <summary>True when every known worker of the queue has a key of its own in the workers file, and there is one:
    /// then a task needs none.</summary>
    bool HasAllWorkerKeys(QueueKey key);

    /// <summary>The workers as they are known now. An immutable snapshot, read without a lock.</summary>
    FleetSnapshot Fleet { get; }

    /// <summary>How the engine is.</summary>
    BalancerState State { get; }

    /// <summary>State of what the engine depends on by name (such as <c>sqlite</c>): <c>ready</c> or
    /// <c>unreachable</c>.</summary>
    IReadOnlyDictionary<string, string> Services { get; }
}

/// <summary>How the engine is.</summary>
public enum BalancerState : byte
{
    /// <summary>Not started, or its store fails.</summary>
    Unreachable,

    /// <summary>Runs, and its store works.</summary>
    Ready,

    /// <summary>Takes no tasks any more; running ones may end.</summary>
    Draining,
}
