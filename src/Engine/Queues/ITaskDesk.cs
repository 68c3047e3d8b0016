using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Queues;

/// <summary>Where the engine's doors bring tasks and ask for them: one for queues of this process alone, one for queues
/// that a cluster shares. The members are those of <see cref="IBalancer"/>. Thread-safe.</summary>
internal interface ITaskDesk
{
    /// <summary>Begins to take tasks.</summary>
    void Open();

    /// <summary>Takes no tasks any more, and ends all waits for tasks that live on.</summary>
    void Close();

    /// <summary>The queues have stopped: whoever still waits is told.</summary>
    void AnswerRest();

    ValueTask<TaskOutcome> RunAsync(TaskRequest request, CancellationToken cancellationToken);

    ValueTask<TaskReceipt[]> SubmitAsync(IReadOnlyList<TaskRequest> requests);

    ValueTask<TaskLookup> FindAsync(TaskId id, TimeSpan wait, CancellationToken cancellationToken);

    ValueTask<TaskFollower> FollowAsync(TaskId id, long after);

    ValueTask<TaskOrderResult> CancelAsync(TaskId id);

    Task<int> CancelAllAsync(TaskFilter filter);

    ValueTask<TaskInput> FindInputAsync(TaskId id);

    ValueTask<TaskOrderResult> RetryAsync(TaskId id);

    Task<int> RetryAllAsync(TaskFilter filter);

    Task<int> PurgeAsync(TaskFilter filter);

    ValueTask<TaskOrderResult> RedeliverAsync(TaskId id);

    ValueTask<TaskOrderResult> ReportAsync(TaskId id, long fencingToken, TaskEventKind kind, byte[] data);

    ValueTask<TaskPage> ListAsync(TaskFilter filter, TaskId? before, int limit);

    ValueTask<IReadOnlyList<QueueSnapshot>> ListQueuesAsync();

    /// <summary>Pauses until a moment in Unix milliseconds, <see cref="long.MaxValue"/> for an order to resume; null
    /// resumes. False when there is no such queue.</summary>
    ValueTask<bool> SetPauseAsync(QueueKey key, long? untilMilliseconds);
}
