using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Queues;

/// <summary>The desk of queues that live in this process.</summary>
internal sealed class LocalDesk : ITaskDesk
{
    /// <summary>Longest wait for actors that answer from memory.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly EngineContext _engine;
    private readonly TaskIntake _intake;
    private readonly TaskControl _control;
    private readonly CancellationTokenSource _stopping = new();

    public LocalDesk(
        EngineContext engine, TaskIdSource ids, Func<string, CancellationToken, ValueTask<string?>> checkWebhook)
    {
        _engine = engine;
        _intake = new TaskIntake(engine, ids, checkWebhook);
        _control = new TaskControl(engine, _intake, _stopping.Token);
    }

    public void Open() => _intake.Open();

    // Not CancelAsync: the callbacks only complete tasks, and no thread of the pool is needed for that.
    public void Close()
    {
        _intake.Close();
        _stopping.Cancel();
    }

    public void AnswerRest() => _intake.AnswerRest();

    public ValueTask<TaskOutcome> RunAsync(TaskRequest request, CancellationToken cancellationToken) =>
        request.Options.Idempotency is { } mark
            ? RunOnceAsync(request, mark, cancellationToken)
            : _intake.RunAsync(request, cancellationToken);

    public ValueTask<TaskReceipt[]> SubmitAsync(IReadOnlyList<TaskRequest> requests) => _intake.SubmitAsync(requests);

    public ValueTask<TaskLookup> FindAsync(TaskId id, TimeSpan wait, CancellationToken cancellationToken) =>
        _control.FindAsync(id, wait, cancellationToken);

    public ValueTask<TaskFollower> FollowAsync(TaskId id, long after) => _control.FollowAsync(id, after);

    public ValueTask<TaskOrderResult> CancelAsync(TaskId id) => _control.CancelAsync(id);

    public Task<int> CancelAllAsync(TaskFilter filter) => _control.CancelAllAsync(filter);

    public ValueTask<TaskInput> FindInputAsync(TaskId id) => _control.FindInputAsync(id);

    public ValueTask<TaskOrderResult> RetryAsync(TaskId id) => _control.RetryAsync(id);

    public Task<int> RetryAllAsync(TaskFilter filter) => _control.RetryAllAsync(filter);

    public Task<int> PurgeAsync(TaskFilter filter) => _control.PurgeAsync(filter);

    public ValueTask<TaskOrderResult> RedeliverAsync(TaskId id) => _control.RedeliverAsync(id);

    public ValueTask<TaskOrderResult> ReportAsync(TaskId id, long fencingToken, TaskEventKind kind, byte[] data) =>
        _control.ReportAsync(id, fencingToken, kind, data);

    public ValueTask<TaskPage> ListAsync(TaskFilter filter, TaskId? before, int limit) =>
        _control.ListAsync(filter, before, limit);

    public async ValueTask<IReadOnlyList<QueueSnapshot>> ListQueuesAsync()
    {
        var ended = await _engine.Store.Archive.CountAsync();
        return QueueSnapshots.Of(_engine.Routes.All, _engine.Live.All, ended, _engine.Clock.NowMilliseconds);
    }

    public async ValueTask<bool> SetPauseAsync(QueueKey key, long? untilMilliseconds)
    {
        if (_engine.Routes.Find(key) is not { } route)
            return false;
        var stored = await route.Actor.AskAsync<Task>(reply => new SetPause(untilMilliseconds, reply), Patience);
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
