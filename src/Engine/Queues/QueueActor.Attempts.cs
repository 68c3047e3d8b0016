using ActorBalancer.Actors.Routing;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Engine.Queues;

// From the lease to the judgement of what came back.
internal sealed partial class QueueActor
{
    /// <summary>First wait after a worker that had no room; doubles up to <see cref="BusyWaitMax"/>.</summary>
    private static readonly TimeSpan BusyWaitFirst = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan BusyWaitMax = TimeSpan.FromSeconds(1);

    /// <summary>First wait of a task whose function no worker has at the moment; doubles up to
    /// <see cref="ParkWaitMax"/>. Meanwhile others may pass.</summary>
    private static readonly TimeSpan ParkWaitFirst = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan ParkWaitMax = TimeSpan.FromSeconds(5);

    private void Start(QueuedTask task)
    {
        var run = RunOf(task);
        if (task.Body is null)
        {
            Finish(run, TaskState.Dead, Outcomes.Damaged());
            return;
        }

        if (task.Attempt == 1 && HasOutlived(task, engine.Clock.NowMilliseconds))
        {
            Finish(run, TaskState.Expired, Outcomes.Expired(task.Options));
            return;
        }

        if (!route.Functions.Contains(task.Function))
        {
            Park(run, ParkWaitFirst, ParkWaitMax);
            return;
        }

        var target = _table.Select(new RoutingRequest(Avoid: run.LastFailed));
        if (target is null)
        {
            // A worker lost its room between the count and the choice: back to the task's own place.
            if (_shared is null)
                Settle(_queue.RetryAsync(task, task.LeaseToken, 0, countAttempt: false));
            else
                GiveBackShared(_shared, run, 0, counts: false);
            return;
        }

        CompleteHistory(task);
        target.Acquire();
        route.Running++;
        FiguresOf(run).CountBegin();
        run.Target = target;
        run.StartedAtMilliseconds = NextMoment(task);
        if (Tracing.Source.HasListeners() && WaitsSince(run) is { } since)
            TracingSpans.Waited(task, since, run.StartedAtMilliseconds);
        run.AttemptDeadlineMilliseconds = AttemptDeadline(run);
        Watch(run);
        run.Watch?.Publish(TaskTimeline.Started(RunningAttempt(run)));
        if (_shared is not null)
            NoteStarted(_shared, run);
        var lease = new TaskLease(task.LeaseToken, task.Attempt, run.AttemptDeadlineMilliseconds);
        if (!target.Actor.TryTell(new RunTask(task, lease, Context.Self)))
        {
            OnAttemptEnded(new AttemptEnded(
                task, task.LeaseToken, target, AttemptResult.Fault(AttemptKind.Busy, "the worker has left")));
        }
    }

    private void OnStreamOpened(StreamOpened opened)
    {
        var (task, token, stream) = opened;
        if (!Holds(task, token) || task.Attachment is not TaskRun { HasCaller: true } run)
        {
            stream.Dispose();
            return;
        }

        if (_shared is not null)
        {
            JudgeStream(opened);
            return;
        }

        run.HandOver(Outcomes.Streaming(stream, task.Attempt));
    }

    private void OnAttemptEnded(AttemptEnded ended)
    {
        var (task, token, target, result) = ended;
        route.Running--;
        if (target.Release() == 0 && (target.IsRetired || target.IsDraining))
            target.Actor.Tell(target.IsRetired ? new Drained() : new DrainEnded());
        if (!Holds(task, token))
        {
            result.Reply?.Dispose();
            TellDrained();
            return;
        }

        var run = (TaskRun)task.Attachment!;
        Judge(run, VerdictOf(result.Kind));
        if (result.Kind == AttemptKind.Succeeded)
            OnSucceeded(run, result);
        else if (run.IsStreaming)
            OnStreamBroken(run, result);
        else
            OnUnsuccessful(run, target, result);
        TellDrained();
    }

    private void OnSucceeded(TaskRun run, in AttemptResult result)
    {
        var task = run.Task;
        if (Ends.KeepsSuccess(task.Options))
            Remember(run, null);
        Finish(run, TaskState.Succeeded, Outcomes.Succeeded(result, task.Attempt));
    }

    // Part of the answer has gone out: no other attempt can make it whole.
    private void OnStreamBroken(TaskRun run, in AttemptResult result)
    {
        Remember(run, result.Error);
        if (result.Kind == AttemptKind.Abandoned)
            Finish(run, TaskState.Cancelled, Outcomes.Cancelled());
        else
            Finish(run, TaskState.Dead, Outcomes.Failed(result.Error!, run.Task.Attempt, timedOut: false));
    }

    private void OnUnsuccessful(TaskRun run, WorkerTarget target, in AttemptResult result)
    {
        switch (result.Kind)
        {
            case AttemptKind.Refused:
                Remember(run, result.Error ?? $"the worker answered {result.Status}");
                Finish(run, TaskState.Dead, Outcomes.Refused(result, run.Task.Attempt));
                break;
            case AttemptKind.Busy:
                target.Actor.Tell(new Suspect(result.Error!));
                run.LastFailed = target;
                Park(run, BusyWaitFirst, BusyWaitMax);
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
        var task = run.Task;
        var attemptsMax = task.Options.Attempts ?? engine.Options.TaskAttempts;

        // What a worker says of a failure may repeat the task's input: the client gets it, the log does not.
        var logged = result.Status > 0 ? $"it answered {result.Status}" : result.Error!;
        QueueLog.AttemptFailed(
            engine.Logger, TaskMark.Of(task), task.Attempt, attemptsMax, target.Id, task.Function, route.Key, logged);
        var attempt = Remember(run, result.Error!);
        run.LastFailed = target;
        if (FailuresOf(task) >= attemptsMax)
        {
            Finish(run, TaskState.Dead, Outcomes.Failed(result.Error!, task.Attempt, timedOut));
            return;
        }

        FiguresOf(run).CountRetry();
        run.Watch?.Publish(TaskTimeline.Retrying(attempt));
        GiveBack(run, WaitAfter(task), counts: true);
    }

    private TimeSpan WaitAfter(QueuedTask task)
    {
        var failures = FailuresOf(task);
        if (task.Options.Backoff is not { } backoff)
            return engine.Jitter.Full(engine.Options.RetryBackoff, engine.Options.RetryBackoffMax, failures);
        var delay = TimeSpan.FromMilliseconds(backoff.DelayMilliseconds);
        if (!backoff.IsExponential)
            return delay;
        var max = backoff.MaxMilliseconds is { } most
            ? TimeSpan.FromMilliseconds(most)
            : TimeSpan.FromTicks(Math.Max(engine.Options.RetryBackoffMax.Ticks, delay.Ticks));
        return engine.Jitter.Full(delay, max, failures);
    }

    // A cluster's task may come back to any node, so its age stands for how often it was given back.
    private void Park(TaskRun run, TimeSpan first, TimeSpan max)
    {
        var times = _shared is null ? ++run.BusyAnswers : TimesOf(run.Task, first);
        GiveBack(run, engine.Jitter.Half(first, max, times), counts: false);
    }

    private void GiveBack(TaskRun run, TimeSpan wait, bool counts)
    {
        var task = run.Task;
        var due = wait > TimeSpan.Zero ? engine.Clock.NowMilliseconds + (long)Math.Ceiling(wait.TotalMilliseconds) : 0;
        if (_shared is not null)
        {
            GiveBackShared(_shared, run, due, counts);
            return;
        }

        run.Target = null;
        run.GivenBackAtMilliseconds = NotBeforeStart(run);
        Settle(_queue.RetryAsync(task, task.LeaseToken, due, counts));
        BeginPatience(run);
        Watch(run);
        ArmBackoff();
    }

    // Whether the attempt under that token is still the one that counts here.
    private bool Holds(QueuedTask task, long token) => task.LeaseToken == token
        && (_shared is null ? task.State == TaskState.Running : task.Attachment is not null);

    private static TaskRun RunOf(QueuedTask task) =>
        task.Attachment as TaskRun ?? new TaskRun(task, hasCaller: false, long.MaxValue);

    // Attempts that the queue lost with its process have no worker: they count against nobody.
    private static int FailuresOf(QueuedTask task)
    {
        var failures = 0;
        foreach (var attempt in task.History ?? [])
        {
            if (attempt.Number > task.Options.AttemptsBefore && attempt.Worker is not null)
                failures++;
        }

        return failures;
    }

    private static AttemptRecord RunningAttempt(TaskRun run) =>
        new(run.Task.Attempt, run.Target!.Id, run.StartedAtMilliseconds, 0, null);

    /// <summary>Adds the attempt that has just ended to the task's history.</summary>
    private AttemptRecord Remember(TaskRun run, string? error)
    {
        var task = run.Task;
        var attempt = RunningAttempt(run) with { EndedAtMilliseconds = NotBeforeStart(run), Error = error };
        task.History = [.. task.History ?? [], attempt];
        return attempt;
    }

    // A crash leaves the number of attempts, not what became of the last.
    private static void CompleteHistory(QueuedTask task)
    {
        if ((task.History?.Length ?? 0) >= task.Attempt - 1)
            return;
        var history = new List<AttemptRecord>(task.History ?? []);
        for (var number = history.Count > 0 ? history[^1].Number + 1 : 1; number < task.Attempt; number++)
            history.Add(new AttemptRecord(number, null, 0, 0, "The balancer ended while the attempt ran."));
        task.History = [.. history];
    }

    // Null for the first attempt after a retry by hand: its moment is the request's, and kept nowhere.
    private static long? WaitsSince(TaskRun run)
    {
        var task = run.Task;
        if (run.GivenBackAtMilliseconds > 0)
            return run.GivenBackAtMilliseconds;
        if (task.Attempt == task.Options.AttemptsBefore + 1)
            return task.Attempt == 1 ? task.CreatedAtMilliseconds : null;
        return task.History is [.., { EndedAtMilliseconds: > 0 } last]
            ? last.EndedAtMilliseconds
            : task.CreatedAtMilliseconds;
    }

    // Later than what was told of the attempt before: the order of a task's events rests on it.
    private long NextMoment(QueuedTask task)
    {
        var now = engine.Clock.NowMilliseconds;
        return task.History is [.., var last] ? Math.Max(now, last.EndedAtMilliseconds + 1) : now;
    }

    // An attempt that follows another within its millisecond starts in the next one: what comes of it is no earlier.
    private long NotBeforeStart(TaskRun run) => Math.Max(engine.Clock.NowMilliseconds, run.StartedAtMilliseconds);
}
