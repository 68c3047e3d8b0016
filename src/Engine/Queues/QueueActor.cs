using System.Collections.Frozen;
using ActorBalancer.Actors;
using ActorBalancer.Actors.Routing;
using ActorBalancer.Engine.Cluster;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Engine.Queues;

/// <summary>
/// All tasks of one group and contract: orders them, leases them to workers with a free slot, judges what comes back,
/// and keeps the time of every caller who waits. The only one who moves a task from state to state.
/// </summary>
/// <remarks>
/// Q1: a slot is counted in when a task is leased and counted out when its attempt has ended, whoever still wants it.
/// Q2: an attempt's result counts only under the task's newest lease; any other is dropped.
/// Q3: each run completes exactly once, and leaves the wheel, the route and the gate with it.
/// Q4: a task stays among the living until its end is on disk, so that whoever asks finds it there or in the archive.
/// </remarks>
internal sealed partial class QueueActor(
    EngineContext engine, QueueRoute route, RoutingStrategy strategy, IReadOnlyList<QueuedTask> recovered)
    : Actor<QueueMessage>
{
    /// <summary>Most tasks leased in one go when bodies come from disk.</summary>
    private const int LeaseBatchMax = 64;

    private const string RateTimer = "rate";

    private readonly ITaskQueue _queue = engine.Store.GetQueue(route.Key);
    private readonly ISharedTaskQueue? _shared = engine.Shared?.GetSharedQueue(route.Key);
    private readonly List<QueuedTask> _leased = [];
    private IReadOnlyList<QueuedTask> _recovered = recovered;
    private RoutingTable<WorkerTarget> _table = strategy.CreateTable<WorkerTarget>([]);
    private bool _loading;
    private bool _stopping;
    private bool _quiet;
    private long _ratesSampledAt;
    private ActorRef<bool>? _drained;

    protected override ValueTask PreStartAsync()
    {
        if (_recovered.Count > 0)
            QueueLog.Recovered(engine.Logger, _recovered.Count, route.Key);
        route.EnterRecovered(_recovered.Count);
        foreach (var task in _recovered)
            WatchTimeToLive(task);
        _recovered = [];
        ArmBackoff();
        ArmPause();
        if (_shared is not null)
            engine.Keeper?.Tell(new TendSoon(route.Key));
        return ValueTask.CompletedTask;
    }

    protected override ValueTask OnReceiveAsync(QueueMessage message)
    {
        switch (message)
        {
            case Submit submit:
                OnSubmit(submit.Task);
                break;
            case AttemptEnded ended:
                OnAttemptEnded(ended);
                break;
            case SubmitDurable submit:
                OnSubmitDurable(submit);
                break;
            case EndStored stored:
                OnEndStored(stored);
                break;
            case CapacityChanged:
                route.AcknowledgeSignal();
                LookForWorkers();
                break;
            case WorkersChanged changed:
                OnWorkersChanged(changed);
                break;
            case WorkerRetired retired when retired.Target.ActiveCount == 0:
                retired.Target.Actor.Tell(new Drained());
                break;
            case DeadlineTick:
                OnDeadlineTick();
                break;
            case BackoffEnded:
                PromoteDue();
                break;
            case DuePromoted:
                ArmBackoff();
                break;
            case LeaseLoaded loaded:
                OnLeaseLoaded(loaded.Fault);
                break;
            case SharedEndStored stored:
                OnSharedEndStored(stored);
                break;
            case QueueWoken:
                OnWoken();
                break;
            default:
                OnRare(message);
                break;
        }

        Dispatch();
        return ValueTask.CompletedTask;
    }

    private void OnRare(QueueMessage message)
    {
        switch (message)
        {
            case SubmitRefused refused:
                OnSubmitRefused(refused);
                break;
            case StreamOpened opened:
                OnStreamOpened(opened);
                break;
            case GivenBack given:
                OnGivenBack(given);
                break;
            case QueueTended:
                OnTended();
                break;
            case StreamJudged judged:
                OnStreamJudged(judged);
                break;
            case WorkerDrains draining when draining.Target.ActiveCount == 0:
                draining.Target.Actor.Tell(new DrainEnded());
                break;
            case LeaseRevoked revoked:
                OnLeaseRevoked(revoked.Task);
                break;
            case StoreCaughtUp:
                route.IsStoreBehind = false;
                break;
            case CancelTask cancel:
                OnCancel(cancel);
                break;
            case ViewTask view:
                OnView(view);
                break;
            case FollowTask follow:
                OnFollow(follow);
                break;
            case ReportTask report:
                OnReport(report);
                break;
            case SetPause pause:
                OnPause(pause);
                break;
            case PauseTick:
                OnPauseTick();
                break;
            case RateTick:
                OnRateTick();
                break;
            case Drain drain:
                OnDrain(drain);
                break;
            case Quiesce quiesce:
                _stopping = true;
                _quiet = true;
                AnswerCallers(isRunningToo: true);
                DropHeld();
                LetFollowersGo();
                quiesce.ReplyTo.Tell(true);
                break;
        }
    }

    protected override ValueTask PostStopAsync()
    {
        AnswerCallers(isRunningToo: true);
        LetFollowersGo();
        return ValueTask.CompletedTask;
    }

    private void OnDrain(Drain drain)
    {
        _stopping = true;
        _drained = drain.ReplyTo;
        AnswerCallers(isRunningToo: false);
        TellDrained();
    }

    private void TellDrained()
    {
        if (_drained is not { } waiting || route.Running > 0 || _unstored > 0 || (_shared is not null && _loading))
            return;
        _drained = null;
        waiting.Tell(true);
    }

    // Their tasks stay in the store and run after the restart, as after a kill.
    private void AnswerCallers(bool isRunningToo)
    {
        // What a cluster's task comes to may be told by other nodes.
        if (_shared is not null)
            return;
        foreach (var run in _wheel.All())
        {
            if (run.Task.State == TaskState.Running && !isRunningToo)
                continue;
            if (!run.IsStreaming)
                run.Complete(Outcomes.Kept(run.Task.Attempt));
        }

        if (!isRunningToo)
            return;
        foreach (var run in _untold)
            run.Complete(Outcomes.Kept(run.Task.Attempt));
        _untold.Clear();
    }

    private void OnSubmit(QueuedTask task)
    {
        var run = (TaskRun)task.Attachment!;
        if (_stopping)
        {
            Leave(task);
            Refuse(run, Outcomes.Stopping());
            return;
        }

        var written = _queue.EnqueueAsync(task);
        if (written.IsFaulted)
        {
            Leave(task);
            var reason = written.AsTask().Exception!.InnerException!.Message;
            QueueLog.StoreRefused(engine.Logger, TaskMark.Of(task), route.Key, reason);
            Refuse(run, Outcomes.StoreRefuses());
            return;
        }

        CountIn(1);
        TaskFigures.CountIn(FiguresOf(run), task);
        BeginPatience(run);
        Watch(run);
        if (task.DueAtMilliseconds > 0)
            ArmBackoff();

        // The task is in. An unfinished write says that the disk is behind: intake pauses until it has caught up.
        if (!written.IsCompletedSuccessfully)
        {
            route.IsStoreBehind = true;
            Context.PipeToSelf(
                written.AsTask(), static () => StoreCaughtUp.Instance, static _ => StoreCaughtUp.Instance);
        }
    }

    private void OnSubmitDurable(SubmitDurable submit)
    {
        if (_stopping)
        {
            Refuse(submit, submit.Tasks, Outcomes.Stopping());
            return;
        }

        var written = _queue.EnqueueAsync(submit.Tasks);
        if (written.IsFaulted)
        {
            QueueLog.StoreRefusedBatch(
                engine.Logger, submit.Tasks.Length, route.Key, written.AsTask().Exception!.InnerException!.Message);
            Refuse(submit, submit.Tasks, Outcomes.StoreRefuses());
            return;
        }

        CountIn(submit.Tasks.Length);
        foreach (var task in submit.Tasks)
            WatchTimeToLive(task);
        ArmBackoff();
        _ = AcknowledgeAsync(written, submit, engine.Figures, Context.Self);
    }

    private static async Task AcknowledgeAsync(
        ValueTask written, SubmitDurable submit, TaskFigures figures, ActorRef<QueueMessage> self)
    {
        try
        {
            await written;
            foreach (var task in submit.Tasks)
                figures.CountIn(task);
            submit.Done.TrySetResult(null);
        }
        catch (Exception exception)
        {
            // A queue that has stopped takes nothing back any more; the sender is told all the same.
            if (!self.TryTell(new SubmitRefused(submit, exception)))
                submit.Done.TrySetResult(Outcomes.StoreRefuses());
        }
    }

    private void OnSubmitRefused(SubmitRefused refused)
    {
        // The queue rolls back on any call of its owner. What was leased meanwhile lives on, unacknowledged; what was
        // called off has ended already.
        _ = _queue.PendingCount;
        var rolledBack = refused.Submit.Tasks
            .Where(static task => task.LeaseToken == 0 && task.State == TaskState.Dead)
            .ToArray();
        foreach (var task in refused.Submit.Tasks.Except(rolledBack))
            engine.Figures.CountIn(task);
        QueueLog.StoreRefusedBatch(
            engine.Logger, refused.Submit.Tasks.Length, route.Key, refused.Reason.Message);
        Refuse(refused.Submit, rolledBack, Outcomes.StoreRefuses());
    }

    private void Refuse(TaskRun run, TaskOutcome reason)
    {
        engine.Figures.CountRefusal(reason.Kind);
        run.Refuse(reason);
    }

    private void Refuse(SubmitDurable submit, IEnumerable<QueuedTask> tasks, TaskOutcome reason)
    {
        foreach (var task in tasks)
        {
            if (task.Attachment is TaskRun run)
                _wheel.Remove(run);
            Leave(task);
            engine.Figures.CountRefusal(reason.Kind);
        }

        submit.Done.TrySetResult(reason);
    }

    // One task at a time while bodies are in memory: whether there is room depends on the choice made for the last.
    private void Dispatch()
    {
        if (_shared is not null)
        {
            DispatchShared(_shared);
            return;
        }

        while (!_loading && !_stopping && route.PausedUntil is null && _queue.PendingCount > 0)
        {
            var room = CountFreeSlots();
            if (room == 0 || _unstored >= UnstoredMax)
                return;
            var lease = _queue.LeaseAsync(Math.Min(Math.Min(room, LeaseBatchMax), _queue.PendingCount), _leased);
            if (!lease.IsCompletedSuccessfully)
            {
                _loading = true;
                Context.PipeToSelf(
                    lease,
                    static _ => new LeaseLoaded(null),
                    static exception => new LeaseLoaded(exception));
                return;
            }

            StartLeased();
        }
    }

    private int CountFreeSlots()
    {
        var free = 0;
        foreach (var target in _table.Targets)
        {
            free += target.FreeSlots;
            if (free >= LeaseBatchMax)
                break;
        }

        return free;
    }

    private void OnLeaseLoaded(Exception? fault)
    {
        _loading = false;
        if (_shared is not null)
        {
            OnSharedLeased(fault);
            return;
        }

        if (fault is not null)
            QueueLog.LeaseFailed(engine.Logger, fault, route.Key);
        StartLeased();
    }

    private void StartLeased()
    {
        foreach (var task in _leased)
        {
            // Its time may have run out while its body was read.
            if (task.State == TaskState.Running)
                Start(task);
        }

        _leased.Clear();
    }

    private void OnWorkersChanged(WorkersChanged changed)
    {
        _table = strategy.CreateTable(changed.Targets, _table);
        var functions = changed.Functions.ToFrozenSet(StringComparer.Ordinal);
        if (!functions.IsSubsetOf(route.Seen))
        {
            route.Seen = route.Seen.Union(functions).ToFrozenSet(StringComparer.Ordinal);
            engine.Store.RememberFunctions(route.Key, functions);
        }

        route.Publish(_table, functions);
        LookForWorkers();
        Context.System.EventStream.Publish(new FleetChanged());
    }

    private void CountIn(int tasks)
    {
        route.Rates.CountIn(tasks);
        SampleRates();
    }

    private void SampleRates()
    {
        if (_ratesSampledAt != 0)
            return;
        _ratesSampledAt = engine.Clock.Time.GetTimestamp();
        Context.Timers.StartPeriodic(RateTimer, new RateTick(), RateMeter.Period);
    }

    private void OnRateTick()
    {
        var now = engine.Clock.Time.GetTimestamp();
        var elapsed = engine.Clock.Time.GetElapsedTime(_ratesSampledAt, now);
        if (elapsed <= TimeSpan.Zero)
            return;
        route.Rates.Sample(elapsed);
        _ratesSampledAt = now;
        if (!route.Rates.IsIdle || route.Depth > 0)
            return;
        _ratesSampledAt = 0;
        Context.Timers.Cancel(RateTimer);
    }
}
