using ActorBalancer.Engine.Queues;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;

namespace ActorBalancer.Engine.Cluster;

// The callers who wait: replies that come, replies that are looked for, and ends that come from here.
internal sealed partial class SharedDesk
{
    /// <summary>How often a task is looked at again that moved while it was to be ended. It moves on with each round,
    /// so this is a bound for a store that does not answer straight.</summary>
    private const int RoundsMax = 100;

    /// <summary>Tasks that may lie in the store although their sender was refused; more are left to their fate.
    /// </summary>
    private const int LooseEndsMax = 10_000;

    private const int LooseEndTriesMax = 30;

    private static readonly TimeSpan LooseEndPause = TimeSpan.FromSeconds(2);

    private int _looseEnds;

    // On a thread of the store's connection.
    private void OnReplied(TaskId id, SharedReply reply)
    {
        if (!_callers.TryFind(id, out var wait))
            return;
        if (reply.Reply is not null)
            _callers.Complete(id, OutcomeWire.Decode(reply));
        else
            _ = FetchAsync(wait);
    }

    // A reply that was too long for the news, or an end that came without one.
    private async Task FetchAsync(CallerWait wait)
    {
        try
        {
            var reply = await _store.GetSharedQueue(wait.Queue).FetchReplyAsync(wait.Id);
            if (reply is not null)
                await SettleAsync(wait, reply);
        }
        catch (TaskStoreException)
        {
            // The clock looks again.
        }
    }

    // The clock's look for a reply of which the news was lost.
    private async Task LookAsync(CallerWait wait)
    {
        try
        {
            var reply = await _store.GetSharedQueue(wait.Queue).FetchReplyAsync(wait.Id);
            if (wait.HasEnded || reply is { Reply: not null })
                await SettleAsync(wait, reply);
            else if (reply is not null)
                wait.HasEnded = true; // when this node's engine ended it, it tells the caller itself: it gets a moment
        }
        catch (TaskStoreException)
        {
            // The clock looks again.
        }
        finally
        {
            wait.IsLooking = false;
        }
    }

    // The task has ended: the reply, or what is kept of the task, or what its state says.
    private async ValueTask SettleAsync(CallerWait wait, SharedReply? reply)
    {
        if (reply?.Reply is null)
        {
            var lookup = await _store.FindAsync(wait.Id, withBody: false);
            if (lookup.Task is { Task.Snapshot: var task } && TaskTransitions.IsFinal(task.State))
            {
                _callers.Complete(wait.Id, Outcomes.Of(task));
                return;
            }
        }

        _callers.Complete(wait.Id, reply switch
        {
            { Reply: null, State: TaskState.Expired } when wait.Options.TimeToLiveMilliseconds is not null =>
                Outcomes.Expired(wait.Options),
            null => Outcomes.TimedOut(TimeoutOf(wait.Options), 0),
            _ => OutcomeWire.Decode(reply),
        });
    }

    /// <summary>Ends a caller's task from here. Unanswered, the wait goes on: the task runs and the reason does not
    /// hold for running tasks, or it has ended and the word of that is still on its way.</summary>
    private async Task EndAsync(CallerWait wait, WaitEnd reason)
    {
        TaskOutcome? outcome;
        try
        {
            var ended = await EndAsync(wait.Id, seen => Judge(wait, reason, seen));
            outcome = ended.Outcome;
            if (ended.WasOver)
            {
                await LookAsync(wait);

                // When this node's engine ended it, it gets a moment; the clock's next look settles the rest, even when
                // nothing is left of the task and its reply.
                wait.HasEnded = true;
                return;
            }
        }
        catch (TaskStoreException)
        {
            // The caller's time is over all the same; without an end of its own the task would run for nobody.
            if (reason == WaitEnd.Outlived)
                return;
            outcome = OutcomeOf(wait, reason, 0);
            CallOffLater(wait.Id, wait.Options);
        }

        if (outcome is not null)
            _callers.Complete(wait.Id, outcome);
    }

    // The same as a queue of this process decides for its callers.
    private Verdict? Judge(CallerWait wait, WaitEnd reason, SharedTask seen)
    {
        var isRunning = seen.Task.Snapshot.State == TaskState.Running;
        if (wait.IsAnswered
            || (reason == WaitEnd.NoWorker && isRunning)
            || (reason == WaitEnd.Outlived && (isRunning || seen.Task.Attempt > 0)))
            return null;
        var state = reason switch
        {
            WaitEnd.CallerGone => TaskState.Cancelled,
            WaitEnd.NoWorker => TaskState.Dead,
            WaitEnd.Deadline when isRunning => TaskState.Dead,
            _ => TaskState.Expired,
        };
        return new Verdict(state, OutcomeOf(wait, reason, seen.Task.Attempt));
    }

    private TaskOutcome OutcomeOf(CallerWait wait, WaitEnd reason, int attempts)
    {
        switch (reason)
        {
            case WaitEnd.Deadline:
                return Outcomes.TimedOut(TimeoutOf(wait.Options), attempts);
            case WaitEnd.Outlived:
                return Outcomes.Expired(wait.Options);
            case WaitEnd.NoWorker:
                var queue = _engine.ClusterFleet.Find(wait.Queue);
                return queue is null
                    ? Outcomes.UnknownQueue(wait.Queue)
                    : Outcomes.NoWorker(queue.Key, queue.Functions, queue.Seen, wait.Function, attempts);
            default:
                return Outcomes.Cancelled();
        }
    }

    private TimeSpan TimeoutOf(TaskOptions options) => options.TimeoutMilliseconds is { } milliseconds
        ? TimeSpan.FromMilliseconds(milliseconds)
        : _engine.Options.TaskTimeout;

    /// <summary>Ends a task in whatever state it is found, unless <paramref name="judge"/> says no.</summary>
    private async ValueTask<Ended> EndAsync(TaskId id, Func<SharedTask, Verdict?> judge)
    {
        for (var round = 0; round < RoundsMax; round++)
        {
            var lookup = await _store.FindAsync(id, withBody: false);
            if (lookup.Task is not { } seen || TaskTransitions.IsFinal(seen.Task.Snapshot.State))
                return new Ended(null, true, lookup);
            if (judge(seen) is not { } verdict)
                return new Ended(null, false, lookup);
            if (await TryEndAsync(seen, verdict))
                return new Ended(verdict.Outcome, false, lookup);
        }

        throw new TaskStoreException($"Task {id} moved on {RoundsMax} times while it was to be ended.");
    }

    // False when the task has moved on.
    private async ValueTask<bool> TryEndAsync(SharedTask seen, Verdict verdict)
    {
        var task = seen.Task;
        var history = task.Snapshot.Attempts;
        var now = _engine.Clock.NowMilliseconds;
        if (task.Snapshot.State == TaskState.Running
            && history.Count > 0 && history[^1] is { EndedAtMilliseconds: 0 } running)
        {
            // No earlier than its start: the order of a task's events rests on it.
            now = Math.Max(now, running.StartedAtMilliseconds);
            var broken = running with { EndedAtMilliseconds = now, Error = verdict.Outcome.Error };
            history = [.. history.SkipLast(1), broken];
        }

        var end = Ends.Of(_engine.Options, task.Options, verdict.State, verdict.Outcome, now, task.Events);

        // Others may wait for the same task under its idempotency key.
        if ((seen.Caller is { } caller && caller != _store.Node) || task.Options.Idempotency is not null)
            end = end with { Reply = OutcomeWire.Encode(verdict.Outcome) };
        if (!await _store.GetSharedQueue(task.Snapshot.Queue).EndAsync(seen, history, end))
            return false;
        _engine.Figures.CountEnd(task.Snapshot, task.Options, verdict.State, now);
        QueueLog.End(
            _engine.Logger, new TaskMark(task.Snapshot.Id, task.TraceParent), task.Snapshot.Function,
            task.Snapshot.Queue, end, verdict.Outcome.Kind, task.Attempt, hasCaller: seen.Caller is not null);
        return true;
    }

    // A store that could not be reached may have the task all the same. One with an idempotency key goes on: whoever
    // repeats the key finds it.
    private void CallOffLater(TaskId id, TaskOptions options)
    {
        if (options.Idempotency is not null)
            return;
        if (Interlocked.Increment(ref _looseEnds) <= LooseEndsMax)
            _ = CallOffLaterAsync(id);
        else
            Interlocked.Decrement(ref _looseEnds);
    }

    private async Task CallOffLaterAsync(TaskId id)
    {
        try
        {
            for (var tries = 0; tries < LooseEndTriesMax; tries++)
            {
                await Task.Delay(LooseEndPause, _engine.Clock.Time, _stopping.Token);
                if (await TryCallOffAsync(id))
                    return;
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops: the task runs, and nobody hears of it.
        }
        finally
        {
            Interlocked.Decrement(ref _looseEnds);
        }
    }

    private async ValueTask<bool> TryCallOffAsync(TaskId id)
    {
        try
        {
            await EndAsync(id, static _ => new Verdict(TaskState.Cancelled, Outcomes.Cancelled()));
            return true;
        }
        catch (TaskStoreException)
        {
            return false;
        }
    }

    /// <summary>How a task is to end, and what its caller is told.</summary>
    private sealed record Verdict(TaskState State, TaskOutcome Outcome);

    /// <summary>What came of an order to end a task.</summary>
    /// <param name="Outcome">What its caller is told; null when it was not ended from here.</param>
    /// <param name="WasOver">True when it had ended, or was not there.</param>
    /// <param name="Lookup">The task as it was seen last.</param>
    private readonly record struct Ended(TaskOutcome? Outcome, bool WasOver, SharedLookup Lookup);
}
