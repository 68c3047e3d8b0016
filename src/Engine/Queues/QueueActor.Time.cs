using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Engine.Queues;

// Everything that ends, begins or fails because a moment has come.
internal sealed partial class QueueActor
{
    private const string DeadlineTimer = "deadline";
    private const string BackoffTimer = "backoff";
    private const string PauseTimer = "pause";

    /// <summary>Longest wait given to a timer, which knows no more than 49 days; what is later is looked at again.
    /// </summary>
    private static readonly TimeSpan TimerMax = TimeSpan.FromDays(1);

    private readonly DeadlineWheel _wheel = new();
    private readonly List<TaskRun> _due = [];
    private bool _served;
    private long _backoffDue;

    private void OnDeadlineTick()
    {
        var now = engine.Clock.NowMilliseconds;
        _wheel.Advance(now, _due);
        foreach (var run in _due)
        {
            if (run.Task.State == TaskState.Running)
                OnRunningDue(run, now);
            else
                OnWaitingDue(run, now);
        }

        _due.Clear();
        if (_wheel.Count == 0)
            Context.Timers.Cancel(DeadlineTimer);
    }

    private void OnRunningDue(TaskRun run, long now)
    {
        var task = run.Task;
        if (now < NextDue(run))
        {
            Watch(run);
            return;
        }

        // A leased task without a worker waits for its body: it has not started.
        if (run.Target is not { } target)
        {
            OnWaitingDue(run, now);
            return;
        }

        target.Actor.Tell(new CancelRun(task, task.LeaseToken));
        Judge(run, AttemptVerdict.TimedOut);
        if ((run.HasCaller && now >= run.DeadlineMilliseconds) || run.IsStreaming)
        {
            var outcome = Outcomes.TimedOut(TimeoutOf(task), task.Attempt);
            Remember(run, outcome.Error);
            Finish(run, TaskState.Dead, outcome);
            return;
        }

        var time = run.AttemptDeadlineMilliseconds - run.StartedAtMilliseconds;
        OnFailed(
            run, target, AttemptResult.Fault(AttemptKind.Failed, $"The worker gave no answer within {time} ms."),
            timedOut: true);
    }

    private void OnWaitingDue(TaskRun run, long now)
    {
        var task = run.Task;
        if (run.HasCaller && now >= run.DeadlineMilliseconds)
            Finish(run, TaskState.Expired, Outcomes.TimedOut(TimeoutOf(task), task.Attempt));
        else if (task.Attempt == 0 && HasOutlived(task, now))
            Finish(run, TaskState.Expired, Outcomes.Expired(task.Options));
        else if (run.HasCaller && now >= run.GraceUntilMilliseconds)
            Finish(run, TaskState.Dead, Outcomes.NoWorker(route, task.Function, task.Attempt));
        else
            Watch(run);
    }

    // A task whose time to live is over at its first lease has expired all the same.
    private static bool HasOutlived(QueuedTask task, long now) =>
        task.Options.TimeToLiveMilliseconds is { } life && now >= task.CreatedAtMilliseconds + life;

    private TimeSpan TimeoutOf(QueuedTask task) => task.Options.TimeoutMilliseconds is { } milliseconds
        ? TimeSpan.FromMilliseconds(milliseconds)
        : engine.Options.TaskTimeout;

    // A task without a caller has no time of its own: each of its attempts gets all of it.
    private long AttemptDeadline(TaskRun run)
    {
        var own = run.Task.Options.TimeoutMilliseconds;
        var time = !run.HasCaller && own is not null ? TimeSpan.FromMilliseconds(own.Value)
            : engine.Options.AttemptTimeout > TimeSpan.Zero ? engine.Options.AttemptTimeout
            : run.HasCaller ? TimeSpan.MaxValue
            : engine.Options.TaskTimeout;
        return time == TimeSpan.MaxValue
            ? run.DeadlineMilliseconds
            : Math.Min(run.StartedAtMilliseconds + (long)time.TotalMilliseconds, run.DeadlineMilliseconds);
    }

    /// <summary>The next moment at which something becomes of the run by itself.</summary>
    private static long NextDue(TaskRun run)
    {
        var task = run.Task;
        if (task.State == TaskState.Running && run.Target is not null)
            return run.IsStreaming || !run.HasCaller
                ? run.AttemptDeadlineMilliseconds
                : Math.Min(run.AttemptDeadlineMilliseconds, run.DeadlineMilliseconds);
        var due = run.HasCaller ? Math.Min(run.DeadlineMilliseconds, run.GraceUntilMilliseconds) : long.MaxValue;
        return task.Attempt == 0 && task.Options.TimeToLiveMilliseconds is { } life
            ? Math.Min(due, task.CreatedAtMilliseconds + life)
            : due;
    }

    /// <summary>Puts a run where the wheel finds it at its next moment, or takes it out when it has none.</summary>
    private void Watch(TaskRun run)
    {
        var due = NextDue(run);
        if (due == long.MaxValue)
        {
            _wheel.Remove(run);
            return;
        }

        if (run.Bucket >= 0 && run.WheelDueMilliseconds == due)
            return;
        _wheel.Schedule(run, due);
        if (_wheel.Count == 1 && !Context.Timers.IsActive(DeadlineTimer))
        {
            Context.Timers.StartPeriodic(
                DeadlineTimer, new DeadlineTick(), TimeSpan.FromMilliseconds(DeadlineWheel.TickMilliseconds));
        }
    }

    // Nobody waits in such a task, so without a time to live it needs no run before it starts.
    private void WatchTimeToLive(QueuedTask task)
    {
        if (task.Attempt == 0 && task.Options.TimeToLiveMilliseconds is not null)
            Watch(RunOf(task));
    }

    // A caller who begins to wait while nobody serves waits no longer than the grace from now; one who waits already
    // goes on to wait for the moment that was set.
    private void BeginPatience(TaskRun run)
    {
        if (!run.HasCaller || run.GraceUntilMilliseconds != long.MaxValue
            || (_served && route.Functions.Contains(run.Task.Function)))
            return;
        run.GraceUntilMilliseconds =
            engine.Clock.NowMilliseconds + (long)engine.Options.NoWorkerGrace.TotalMilliseconds;
    }

    /// <summary>When the last worker goes, the patience of all who wait begins to run; when one comes, it
    /// ends.</summary>
    private void LookForWorkers()
    {
        var served = route.HasServingWorker();
        if (served == _served)
            return;
        _served = served;
        foreach (var run in _wheel.All())
        {
            if (run.Target is not null)
                continue;
            if (served && route.Functions.Contains(run.Task.Function))
                run.GraceUntilMilliseconds = long.MaxValue;
            else
                BeginPatience(run);
            Watch(run);
        }
    }

    private void ArmBackoff()
    {
        if (_queue.NextDueMilliseconds is not { } due)
            return;
        if (due == _backoffDue && Context.Timers.IsActive(BackoffTimer))
            return;
        _backoffDue = due;
        StartTimer(BackoffTimer, new BackoffEnded(), _shared is null ? due : NotAtOnce(due));
    }

    // A store that is asked over a network says later how many there were.
    private void PromoteDue()
    {
        var promoted = _queue.PromoteDueAsync(engine.Clock.NowMilliseconds);
        if (promoted.IsCompletedSuccessfully)
            ArmBackoff();
        else
            Context.PipeToSelf(promoted, static _ => new DuePromoted(), static _ => new DuePromoted());
    }

    private void ArmPause()
    {
        if (route.PausedUntil is { } until and < long.MaxValue)
            StartTimer(PauseTimer, new PauseTick(), until);
        else
            Context.Timers.Cancel(PauseTimer);
    }

    private void OnPause(SetPause pause)
    {
        route.PausedUntil = pause.UntilMilliseconds;
        ArmPause();

        // Written from here, so that orders reach the disk in the order in which they took effect.
        pause.ReplyTo.Tell(engine.Store.RememberPauseAsync(route.Key, pause.UntilMilliseconds).AsTask());
    }

    private void OnPauseTick()
    {
        if (route.PausedUntil is not { } until)
            return;
        if (until > engine.Clock.NowMilliseconds)
        {
            ArmPause();
            return;
        }

        // A crash before the write finds a pause that is over: it ends then.
        route.PausedUntil = null;
        _ = ForgetPauseAsync();
    }

    private async Task ForgetPauseAsync()
    {
        try
        {
            await engine.Store.RememberPauseAsync(route.Key, null);
        }
        catch (Storage.TaskStoreException exception)
        {
            QueueLog.PauseNotStored(engine.Logger, route.Key, exception.Message);
        }
    }

    private void StartTimer(string name, QueueMessage message, long dueMilliseconds)
    {
        var wait = TimeSpan.FromMilliseconds(Math.Max(0, dueMilliseconds - engine.Clock.NowMilliseconds));
        Context.Timers.StartSingle(name, message, wait < TimerMax ? wait : TimerMax);
    }
}
