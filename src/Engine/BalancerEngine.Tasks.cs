using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine;

// Tasks and queues, as the doors ask for them.
public sealed partial class BalancerEngine
{
    /// <inheritdoc/>
    public ValueTask<TaskOutcome> RunAsync(TaskRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _desk.RunAsync(request, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<TaskReceipt>> SubmitAsync(IReadOnlyList<TaskRequest> requests)
    {
        ArgumentNullException.ThrowIfNull(requests);
        return await _desk.SubmitAsync(requests);
    }

    /// <inheritdoc/>
    public ValueTask<TaskLookup> FindAsync(TaskId id, TimeSpan wait, CancellationToken cancellationToken)
        => _desk.FindAsync(id, wait, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<TaskFollower> FollowAsync(TaskId id, long after) => _desk.FollowAsync(id, after);

    /// <inheritdoc/>
    public ValueTask<TaskOrderResult> CancelAsync(TaskId id) => _desk.CancelAsync(id);

    /// <inheritdoc/>
    public async ValueTask<int> CancelAllAsync(TaskFilter filter) => await _desk.CancelAllAsync(filter);

    /// <inheritdoc/>
    public ValueTask<TaskInput> FindInputAsync(TaskId id) => _desk.FindInputAsync(id);

    /// <inheritdoc/>
    public ValueTask<TaskOrderResult> RetryAsync(TaskId id) => _desk.RetryAsync(id);

    /// <inheritdoc/>
    public async ValueTask<int> RetryAllAsync(TaskFilter filter) => await _desk.RetryAllAsync(filter);

    /// <inheritdoc/>
    public async ValueTask<int> PurgeAsync(TaskFilter filter) => await _desk.PurgeAsync(filter);

    /// <inheritdoc/>
    public ValueTask<TaskOrderResult> RedeliverAsync(TaskId id) => _desk.RedeliverAsync(id);

    /// <inheritdoc/>
    public ValueTask<TaskOrderResult> ReportAsync(TaskId id, long fencingToken, TaskEventKind kind, byte[] data)
        => _desk.ReportAsync(id, fencingToken, kind, data);

    /// <inheritdoc/>
    public ValueTask<TaskPage> ListAsync(TaskFilter filter, TaskId? before, int limit)
        => _desk.ListAsync(filter, before, limit);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<QueueSnapshot>> ListQueuesAsync() => _desk.ListQueuesAsync();

    /// <inheritdoc/>
    public ValueTask<bool> PauseAsync(QueueKey key, TimeSpan? duration) => _desk.SetPauseAsync(
        key,
        duration is { } time ? _context.Clock.NowMilliseconds + (long)time.TotalMilliseconds : long.MaxValue);

    /// <inheritdoc/>
    public ValueTask<bool> ResumeAsync(QueueKey key) => _desk.SetPauseAsync(key, null);

    /// <inheritdoc/>
    public bool HasAllWorkerKeys(QueueKey key) => _context.Shared is null
        ? _context.Fleet.HasAllKeys(key)
        : _context.ClusterFleet.Find(key) is { HasAllKeys: true };
}
