using ActorBalancer.Engine.Queues;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Cluster;

/// <summary>The desk of queues that a cluster shares: writes tasks into the store, waits for what any node makes of
/// them, and asks the store about all others.</summary>
internal sealed class SharedDesk(
    EngineContext engine,
    ISharedTaskStore store,
    TaskIdSource ids,
    Func<string, CancellationToken, ValueTask<string?>> checkWebhook) : ITaskDesk
{
    public bool IsOpen => throw new NotSupportedException($"{engine is null} {store is null} {ids is null} {checkWebhook is null}");

    public void Open() => throw new NotSupportedException();

    public void Close() => throw new NotSupportedException();

    public void AnswerRest() => throw new NotSupportedException();

    public ValueTask<TaskOutcome> RunAsync(TaskRequest request, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask<TaskReceipt[]> SubmitAsync(IReadOnlyList<TaskRequest> requests) =>
        throw new NotSupportedException();

    public ValueTask<TaskLookup> FindAsync(TaskId id, TimeSpan wait, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask<TaskFollower> FollowAsync(TaskId id, long after) => throw new NotSupportedException();

    public ValueTask<TaskOrderResult> CancelAsync(TaskId id) => throw new NotSupportedException();

    public ValueTask<TaskOrderResult> RetryAsync(TaskId id) => throw new NotSupportedException();

    public Task<int> RetryAllAsync(TaskFilter filter) => throw new NotSupportedException();

    public Task<int> PurgeAsync(TaskFilter filter) => throw new NotSupportedException();

    public ValueTask<TaskOrderResult> RedeliverAsync(TaskId id) => throw new NotSupportedException();

    public ValueTask<TaskOrderResult> ReportAsync(TaskId id, long fencingToken, TaskEventKind kind, byte[] data) =>
        throw new NotSupportedException();

    public ValueTask<TaskPage> ListAsync(TaskFilter filter, TaskId? before, int limit) =>
        throw new NotSupportedException();

    public ValueTask<IReadOnlyList<QueueSnapshot>> ListQueuesAsync() => throw new NotSupportedException();

    public ValueTask<bool> SetPauseAsync(QueueKey key, long? untilMilliseconds) => throw new NotSupportedException();
}
