using ActorBalancer.Engine.Queues;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;

namespace ActorBalancer.Engine.Cluster;

/// <summary>The desk of queues that a cluster shares: writes tasks into the store, waits for what any node makes of
/// them, and asks the store about all others.</summary>
/// <remarks>
/// D1: a caller is in the table before its task is in the store, and whoever takes it out answers it.
/// D2: what ends a task from here is true only when the store said so; when it says no, the store's word counts.
/// D3: news of the store only hurry things up: whatever waits looks by itself, too.
/// </remarks>
internal sealed partial class SharedDesk : ITaskDesk
{
    private readonly EngineContext _engine;
    private readonly ISharedTaskStore _store;
    private readonly TaskIdSource _ids;
    private readonly Func<string, CancellationToken, ValueTask<string?>> _checkWebhook;
    private readonly CallerTable _callers;
    private readonly CallerClock _clock;
    private readonly DeskRates _rates;
    private readonly TaskFeed _feed;
    private readonly CancellationTokenSource _stopping = new();
    private volatile bool _isOpen;
    private volatile bool _isOver;

    public SharedDesk(
        EngineContext engine,
        ISharedTaskStore store,
        TaskIdSource ids,
        Func<string, CancellationToken, ValueTask<string?>> checkWebhook)
    {
        _engine = engine;
        _store = store;
        _ids = ids;
        _checkWebhook = checkWebhook;
        _callers = engine.Callers;
        _clock = new CallerClock(engine, LookAsync, EndAsync);
        _rates = new DeskRates(engine.Clock.Time);
        _feed = new TaskFeed(store, engine.Clock, _stopping.Token);
        store.News = store.News with { TaskReplied = OnReplied, TaskChanged = _feed.Changed };
    }

    public void Open()
    {
        _clock.Open();
        _rates.Open();
        _isOpen = true;
    }

    // Not CancelAsync: the callbacks only complete tasks, and no thread of the pool is needed for that.
    public void Close()
    {
        _isOpen = false;
        _stopping.Cancel();
    }

    public void AnswerRest()
    {
        _isOver = true;
        _callers.CompleteAll(static () => Outcomes.Kept(0));
        _clock.Dispose();
        _rates.Dispose();
    }

    public ValueTask<TaskOutcome> RunAsync(TaskRequest request, CancellationToken cancellationToken) =>
        request.Options.Idempotency is { } mark
            ? RunOnceAsync(request, mark, cancellationToken)
            : RunNewAsync(request, _ids.Next(out var now), now, cancellationToken);

    /// <summary>Takes in a task whose sender waits.</summary>
    private async ValueTask<TaskOutcome> RunNewAsync(
        TaskRequest request, TaskId id, long now, CancellationToken cancellationToken)
    {
        if (Refuse(request, out var queue) is { } refusal)
        {
            await ReleaseAsync(request.Options.Idempotency, id);
            return refusal;
        }

        try
        {
            var task = QueuedTasks.New(request, queue!.Key, id, now, TaskDurability.WriteBehind, _store.Node);
            var timeout = request.Options.TimeoutMilliseconds ?? (long)_engine.Options.TaskTimeout.TotalMilliseconds;
            var wait = new CallerWait(
                task, Math.Max(task.CreatedAtMilliseconds, task.DueAtMilliseconds) + timeout);
            return await RunAsync(task, wait, cancellationToken);
        }
        finally
        {
            _engine.Gate.Leave(request.Body.Length);
        }
    }

    private async ValueTask<TaskOutcome> RunAsync(
        QueuedTask task, CallerWait wait, CancellationToken cancellationToken)
    {
        _callers.Add(wait);
        var refusal = _isOver ? Outcomes.Stopping() : await EnqueueAsync(task);
        if (refusal is not null && _callers.TryRemove(wait))
            return refusal;

        // Somebody has answered it meanwhile: it is in, whatever the store said to this node.
        _engine.Figures.CountIn(task);
        if (refusal is null)
        {
            _rates.CountIn(wait.Queue);
            _clock.Add(wait);
        }

        await using var registration = cancellationToken.UnsafeRegister(
            static state =>
            {
                var (desk, wait) = ((SharedDesk, CallerWait))state!;
                _ = desk.EndAsync(wait, WaitEnd.CallerGone);
            },
            cancellationToken.CanBeCanceled ? (this, wait) : null);
        var outcome = await wait.Outcome;
        _rates.CountOut(wait.Queue);

        // Nothing is kept of such a task: its sender was told to come again, and may do so with the same key.
        if (outcome.Kind == TaskOutcomeKind.NoWorker)
            await ReleaseAsync(wait.Options.Idempotency, wait.Id);
        return outcome;
    }

    // Null when the task is in the store.
    private async ValueTask<TaskOutcome?> EnqueueAsync(QueuedTask task)
    {
        try
        {
            await _store.GetSharedQueue(task.Queue).EnqueueAsync(task);
            return null;
        }
        catch (TaskStoreException exception)
        {
            if (exception is TaskQueueFullException)
                await ReleaseAsync(task.Options.Idempotency, task.Id);
            else
                CallOffLater(task.Id, task.Options);
            return RefusalOf(task, exception);
        }
    }

    private TaskOutcome RefusalOf(QueuedTask task, TaskStoreException exception)
    {
        var isFull = exception is TaskQueueFullException;
        _engine.Figures.CountRefusal(isFull ? TaskOutcomeKind.QueueFull : TaskOutcomeKind.Unavailable);
        if (isFull)
            return Outcomes.QueueFull(task.Queue, _engine.Options.QueueLimit, RatesOf(task.Queue));
        QueueLog.StoreRefused(_engine.Logger, TaskMark.Of(task), task.Queue, exception.Message);
        return Outcomes.StoreRefuses();
    }

    /// <summary>Null when the task is counted in: the gate is to be left then.</summary>
    private TaskOutcome? Refuse(TaskRequest request, out ClusterQueue? queue) =>
        Refuse(request.Queue, request.Function, request.Body.Length, out queue);

    private TaskOutcome? Refuse(QueueKey key, string function, int bytes, out ClusterQueue? queue)
    {
        var refusal = Weigh(key, function, bytes, out queue);
        if (refusal is not null)
            _engine.Figures.CountRefusal(refusal.Kind);
        return refusal;
    }

    private TaskOutcome? Weigh(QueueKey key, string function, int bytes, out ClusterQueue? queue)
    {
        queue = null;
        if (!_isOpen)
            return Outcomes.Stopping();
        if (_engine.ClusterFleet.Find(key) is not { } found)
            return Outcomes.UnknownQueue(key);
        if (!found.Seen.Contains(function))
            return Outcomes.NoWorker(key, found.Functions, found.Seen, function, 0);
        if (!_store.IsHealthy)
            return Outcomes.StoreRefuses();
        switch (_engine.Gate.TryEnter(bytes))
        {
            case GateAnswer.TooMany:
                return Outcomes.TooMany(_engine.Options.IntakeLimit, DepthOf(key), RatesOf(key));
            case GateAnswer.TooLarge:
                return Outcomes.TooLarge(_engine.Options.QueuedBytesLimit, DepthOf(key), RatesOf(key));
        }

        queue = found;
        return null;
    }

    private int DepthOf(QueueKey key)
    {
        var queue = _store.GetSharedQueue(key);
        return queue.QueuedCount + queue.DelayedCount + queue.RunningCount;
    }

    // A node that runs tasks knows how fast it ends them; any other, how fast its callers are answered.
    private RateMeter RatesOf(QueueKey key) =>
        _engine.Routes.Find(key) is { Rates: { OutPerSecond: > 0 } rates } ? rates : _rates.Of(key);
}
