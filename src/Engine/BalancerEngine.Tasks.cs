using ActorBalancer.Engine.Queues;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine;

// Tasks and queues, as the doors ask for them.
public sealed partial class BalancerEngine
{
    /// <inheritdoc/>
    public ValueTask<TaskOutcome> RunAsync(TaskRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Options.Idempotency is { } mark
            ? RunOnceAsync(request, mark, cancellationToken)
            : _intake.RunAsync(request, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<TaskReceipt>> SubmitAsync(IReadOnlyList<TaskRequest> requests)
    {
        ArgumentNullException.ThrowIfNull(requests);
        return await _intake.SubmitAsync(requests);
    }

    /// <inheritdoc/>
    public ValueTask<TaskLookup> FindAsync(TaskId id, TimeSpan wait, CancellationToken cancellationToken)
        => _control.FindAsync(id, wait, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<TaskFollower> FollowAsync(TaskId id, long after) => _control.FollowAsync(id, after);

    /// <inheritdoc/>
    public ValueTask<TaskOrderResult> CancelAsync(TaskId id) => _control.CancelAsync(id);

    /// <inheritdoc/>
    public ValueTask<TaskOrderResult> RetryAsync(TaskId id) => _control.RetryAsync(id);

    /// <inheritdoc/>
    public async ValueTask<int> RetryAllAsync(TaskFilter filter) => await _control.RetryAllAsync(filter);

    /// <inheritdoc/>
    public async ValueTask<int> PurgeAsync(TaskFilter filter) => await _control.PurgeAsync(filter);

    /// <inheritdoc/>
    public ValueTask<TaskOrderResult> RedeliverAsync(TaskId id) => _control.RedeliverAsync(id);

    /// <inheritdoc/>
    public ValueTask<TaskOrderResult> ReportAsync(TaskId id, long fencingToken, TaskEventKind kind, byte[] data)
        => _control.ReportAsync(id, fencingToken, kind, data);

    /// <inheritdoc/>
    public ValueTask<TaskPage> ListAsync(TaskFilter filter, TaskId? before, int limit)
        => _control.ListAsync(filter, before, limit);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<QueueSnapshot>> ListQueuesAsync()
    {
        var ended = await _context.Store.Archive.CountAsync();
        return QueueSnapshots.Of(_context.Routes.All, _context.Live.All, ended, _context.Clock.NowMilliseconds);
    }

    /// <inheritdoc/>
    public ValueTask<bool> PauseAsync(QueueKey key, TimeSpan? duration) => SetPauseAsync(
        key,
        duration is { } time ? _context.Clock.NowMilliseconds + (long)time.TotalMilliseconds : long.MaxValue);

    /// <inheritdoc/>
    public ValueTask<bool> ResumeAsync(QueueKey key) => SetPauseAsync(key, null);

    /// <inheritdoc/>
    public bool HasAllWorkerKeys(QueueKey key) => _context.Fleet.HasAllKeys(key);

    private async ValueTask<bool> SetPauseAsync(QueueKey key, long? until)
    {
        if (_context.Routes.Find(key) is not { } route)
            return false;
        var stored = await route.Actor.AskAsync<Task>(reply => new SetPause(until, reply), Patience);
        await stored;
        return true;
    }

    // The first with a key runs the task; all others wait for the same end.
    private async ValueTask<TaskOutcome> RunOnceAsync(
        TaskRequest request, IdempotencyMark mark, CancellationToken cancellationToken)
    {
        while (true)
        {
            var claimed = await _intake.ClaimAsync(mark);
            if (claimed.Mine is { } mine)
                return await _intake.RunAsync(request, mine, cancellationToken);
            if (claimed.Refusal is { } refusal)
                return refusal;
            if (claimed.Ended is { } ended)
                return Outcomes.Of(ended);
            try
            {
                if (await _control.OutcomeOfAsync(claimed.Earlier, cancellationToken) is { } same)
                    return same;
            }
            catch (TaskStoreException)
            {
                return Outcomes.StoreRefuses();
            }
        }
    }
}
