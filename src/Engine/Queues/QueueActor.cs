using System.Collections.Frozen;
using ActorBalancer.Actors;
using ActorBalancer.Actors.Routing;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;
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
/// </remarks>
internal sealed class QueueActor(EngineContext engine, IntakeGate gate, QueueRoute route, RoutingStrategy strategy)
    : Actor<QueueMessage>
{
    private const string DeadlineTimer = "deadline";
    private const string BackoffTimer = "backoff";

    /// <summary>Most tasks leased in one go when bodies come from disk.</summary>
    private const int LeaseBatchMax = 64;

    /// <summary>First wait after a worker that had no room; doubles up to <see cref="BusyWaitMax"/>.</summary>
    private static readonly TimeSpan BusyWaitFirst = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan BusyWaitMax = TimeSpan.FromSeconds(1);

    private readonly ITaskQueue _queue = engine.Store.GetQueue(route.Key);
    private readonly DeadlineWheel _wheel = new();
    private readonly List<QueuedTask> _leased = [];
    private readonly List<TaskRun> _due = [];
    private RoutingTable<WorkerTarget> _table = strategy.CreateTable<WorkerTarget>([]);
    private bool _loading;
    private bool _stopping;

    protected override ValueTask PreStartAsync()
    {
        var recovered = _queue.PendingCount + _queue.DelayedCount;
        if (recovered > 0)
        {
            QueueLog.Recovered(engine.Logger, recovered, route.Key);
            route.EnterRecovered(recovered);
            gate.EnterRecovered(recovered);
        }

        ArmBackoff();
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
            case CapacityChanged:
                route.AcknowledgeSignal();
                break;
            case StoreCaughtUp:
                route.IsStoreBehind = false;
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
                _queue.PromoteDue(engine.Clock.NowMilliseconds);
                ArmBackoff();
                break;
            case LeaseLoaded loaded:
                OnLeaseLoaded(loaded.Fault);
                break;
            case Quiesce quiesce:
                _stopping = true;
                AnswerCallers();
                quiesce.ReplyTo.Tell(true);
                break;
        }

        Dispatch();
        return ValueTask.CompletedTask;
    }

    protected override ValueTask PostStopAsync()
    {
        AnswerCallers();
        return ValueTask.CompletedTask;
    }

    // Their tasks stay in the store and run after the restart, as after a kill.
    private void AnswerCallers()
    {
        foreach (var run in _wheel.Clear())
        {
            run.Complete(new TaskOutcome
            {
                Kind = TaskOutcomeKind.Unavailable,
                Error = "The balancer is stopping. The task is kept and runs after the restart.",
                Attempts = run.Task.Attempt,
            });
        }
    }

    private void OnSubmit(QueuedTask task)
    {
        var run = (TaskRun)task.Attachment!;
        if (_stopping)
        {
            Leave(task);
            run.Complete(Outcomes.Stopping());
            return;
        }

        var written = _queue.EnqueueAsync(task);
        if (written.IsFaulted)
        {
            Leave(task);
            var reason = written.AsTask().Exception!.InnerException!.Message;
            QueueLog.StoreRefused(engine.Logger, task.Id, route.Key, reason);
            run.Complete(Outcomes.StoreRefuses());
            return;
        }

        // The task is in. An unfinished write says that the disk is behind: intake pauses until it has caught up.
        Watch(run, run.DeadlineMilliseconds);
        if (!written.IsCompletedSuccessfully)
        {
            route.IsStoreBehind = true;
            Context.PipeToSelf(
                written.AsTask(), static () => StoreCaughtUp.Instance, static _ => StoreCaughtUp.Instance);
        }
    }

    // One task at a time while bodies are in memory: whether there is room depends on the choice made for the last.
    private void Dispatch()
    {
        while (!_loading && !_stopping && _queue.PendingCount > 0)
        {
            var room = CountFreeSlots();
            if (room == 0)
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

    private void Start(QueuedTask task)
    {
        var run = task.Attachment as TaskRun ?? new TaskRun(task, hasCaller: false, long.MaxValue);
        if (!route.Functions.Contains(task.Function))
        {
            Finish(run, TaskState.Dead, Outcomes.NoWorker(route, task.Function, task.Attempt - 1));
            return;
        }

        if (task.Body is null)
        {
            Finish(run, TaskState.Dead, Outcomes.Failed("The stored task is damaged.", task.Attempt - 1, timedOut: false));
            return;
        }

        var target = _table.Select(new RoutingRequest(Avoid: run.LastFailed));
        if (target is null)
        {
            // A worker lost its room between the count and the choice: back to the task's own place.
            Settle(_queue.RetryAsync(task, task.LeaseToken, 0, countAttempt: false));
            return;
        }

        target.Acquire();
        run.Target = target;
        WatchAttempt(run);
        if (!target.Actor.TryTell(new RunTask(task, task.LeaseToken, Context.Self)))
        {
            OnAttemptEnded(new AttemptEnded(
                task, task.LeaseToken, target, AttemptResult.Fault(AttemptKind.Busy, "the worker has left")));
        }
    }

    private void OnAttemptEnded(AttemptEnded ended)
    {
        var (task, token, target, result) = ended;
        if (target.Release() == 0 && target.IsRetired)
            target.Actor.Tell(new Drained());
        if (task.LeaseToken != token || task.State != TaskState.Running)
        {
            result.Reply?.Dispose();
            return;
        }

        var run = (TaskRun)task.Attachment!;
        run.Target = null;
        switch (result.Kind)
        {
            case AttemptKind.Succeeded:
                Finish(run, TaskState.Succeeded, Outcomes.Succeeded(result, task.Attempt));
                break;
            case AttemptKind.Refused:
                Finish(run, TaskState.Dead, Outcomes.Refused(result, task.Attempt));
                break;
            case AttemptKind.Busy:
                target.Actor.Tell(new Suspect(result.Error!));
                GiveBack(run, target, engine.Jitter.Half(BusyWaitFirst, BusyWaitMax, ++run.BusyAnswers), counts: false);
                break;
            default:
                if (result.Kind == AttemptKind.Unreachable)
                    target.Actor.Tell(new Suspect(result.Error!));
                OnFailed(run, target, result, timedOut: false);
                break;
        }
    }

    private void OnFailed(TaskRun run, WorkerTarget target, in AttemptResult result, bool timedOut)
    {
        var options = engine.Options;
        var task = run.Task;

        // What a worker says of a failure may repeat the task's input: the client gets it, the log does not.
        var logged = result.Status > 0 ? $"it answered {result.Status}" : result.Error!;
        QueueLog.AttemptFailed(
            engine.Logger, task.Id, task.Attempt, options.TaskAttempts, target.Id, task.Function, route.Key, logged);
        if (task.Attempt >= options.TaskAttempts)
            Finish(run, TaskState.Dead, Outcomes.Failed(result.Error!, task.Attempt, timedOut));
        else
            GiveBack(run, target, engine.Jitter.Full(options.RetryBackoff, options.RetryBackoffMax, task.Attempt));
    }

    private void GiveBack(TaskRun run, WorkerTarget target, TimeSpan wait, bool counts = true)
    {
        var task = run.Task;
        run.LastFailed = target;
        var due = engine.Clock.NowMilliseconds + (long)wait.TotalMilliseconds;
        Settle(_queue.RetryAsync(task, task.LeaseToken, due, counts));
        if (run.HasCaller)
            _wheel.Schedule(run, run.DeadlineMilliseconds);
        else
            _wheel.Remove(run);
        ArmBackoff();
    }

    private void Finish(TaskRun run, TaskState state, TaskOutcome outcome)
    {
        var task = run.Task;
        if (task.State == TaskState.Running)
            Settle(_queue.CompleteAsync(task, task.LeaseToken, TaskEnd.Forgotten(state)));
        else
            Settle(_queue.RemoveAsync(task, TaskEnd.Forgotten(state)));
        _wheel.Remove(run);
        Leave(task);
        if (!run.HasCaller && outcome.Kind != TaskOutcomeKind.Succeeded)
            QueueLog.EndedUnheard(engine.Logger, task.Id, task.Function, route.Key, outcome.Kind, task.Attempt);
        run.Complete(outcome);
    }

    // Nothing of an ended task stays behind: what is left of it in the store's heap is small.
    private void Leave(QueuedTask task)
    {
        task.Attachment = null;
        task.Body = null;
        route.Leave();
        gate.Leave();
    }

    private void OnDeadlineTick()
    {
        var now = engine.Clock.NowMilliseconds;
        _wheel.Advance(now, _due);
        foreach (var run in _due)
        {
            var task = run.Task;
            var target = run.Target;
            if (task.State == TaskState.Running)
                target?.Actor.Tell(new CancelRun(task, task.LeaseToken));
            if (now >= run.DeadlineMilliseconds)
            {
                Finish(run, TaskState.Expired, Outcomes.TimedOut(engine.Options.TaskTimeout, task.Attempt));
                continue;
            }

            run.Target = null;
            var late = $"The worker gave no answer within {AttemptTime.TotalMilliseconds:0} ms.";
            OnFailed(run, target!, AttemptResult.Fault(AttemptKind.Failed, late), timedOut: true);
        }

        _due.Clear();
        if (_wheel.Count == 0)
            Context.Timers.Cancel(DeadlineTimer);
    }

    /// <summary>Longest time of an attempt; infinite when the task's own time is the only limit.</summary>
    private TimeSpan AttemptTime
        => engine.Options.AttemptTimeout > TimeSpan.Zero ? engine.Options.AttemptTimeout : engine.Options.TaskTimeout;

    // A task without a caller has no time of its own: each of its attempts gets all of it.
    private void WatchAttempt(TaskRun run)
    {
        if (run.HasCaller && engine.Options.AttemptTimeout <= TimeSpan.Zero)
            return;
        var due = engine.Clock.NowMilliseconds + (long)AttemptTime.TotalMilliseconds;
        Watch(run, Math.Min(due, run.DeadlineMilliseconds));
    }

    private void Watch(TaskRun run, long dueMilliseconds)
    {
        _wheel.Schedule(run, dueMilliseconds);
        if (_wheel.Count == 1 && !Context.Timers.IsActive(DeadlineTimer))
        {
            Context.Timers.StartPeriodic(
                DeadlineTimer, new DeadlineTick(), TimeSpan.FromMilliseconds(DeadlineWheel.TickMilliseconds));
        }
    }

    private void ArmBackoff()
    {
        if (_queue.NextDueMilliseconds is not { } due)
            return;
        var wait = Math.Max(0, due - engine.Clock.NowMilliseconds);
        Context.Timers.StartSingle(BackoffTimer, new BackoffEnded(), TimeSpan.FromMilliseconds(wait));
    }

    private void OnWorkersChanged(WorkersChanged changed)
    {
        _table = strategy.CreateTable(changed.Targets, _table);
        route.Publish(_table, changed.Functions.ToFrozenSet(StringComparer.Ordinal));
        Context.System.EventStream.Publish(new FleetChanged());
    }

    // The store moves its memory at once; what it writes, it writes behind, and tries again by itself when it fails.
    private static void Settle(ValueTask<bool> stored)
    {
        if (stored.IsCompletedSuccessfully)
            _ = stored.Result;
        else
            _ = stored.AsTask();
    }
}
