using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;
using ActorBalancer.Engine.Webhooks;

namespace ActorBalancer.Engine.Queues;

// The end of a task, and what follows when it is on disk.
internal sealed partial class QueueActor
{
    /// <summary>Ends that may wait for the disk before no more tasks are handed out: their results lie in memory.
    /// </summary>
    private const int UnstoredMax = 4096;

    /// <summary>Runs whose task has ended and whose caller is to be told when that is on disk.</summary>
    private readonly HashSet<TaskRun> _untold = [];

    private int _unstored;

    private void Finish(TaskRun run, TaskState state, TaskOutcome outcome)
    {
        var task = run.Task;
        if (_shared is not null)
        {
            FinishShared(_shared, run, state, outcome);
            return;
        }

        var end = Ends.Of(engine.Options, task, state, outcome, NotBeforeStart(run), run.Watch);
        var stored = task.State == TaskState.Running
            ? _queue.CompleteAsync(task, task.LeaseToken, end)
            : _queue.RemoveAsync(task, end);
        _wheel.Remove(run);
        run.Target = null;
        route.Rates.CountOut();
        engine.CountOut(route, task);
        FiguresOf(run).CountEnd(state, TaskFigures.TotalOf(task, engine.Clock.NowMilliseconds));
        LogEnd(run, end, outcome.Kind);
        if (end.KeptUntilMilliseconds is null && run.Watch is null)
        {
            Settle(stored);
            Forget(task);
            run.Complete(outcome);
            return;
        }

        // The sender of an idempotency key gets what a repetition will get: what is on disk.
        run.IsEnding = true;
        var pending = run.HasCaller && task.Options.Idempotency is not null ? outcome : null;
        var kind = outcome.Kind;
        if (pending is null)
            run.Complete(outcome);
        if (stored.IsCompletedSuccessfully)
        {
            Conclude(new EndStored(run, end, kind, pending));
            return;
        }

        _unstored++;
        if (pending is not null)
            _untold.Add(run);
        Context.PipeToSelf(
            stored,
            _ => new EndStored(run, end, kind, pending),
            _ => new EndStored(run, end, kind, pending));
    }

    private void LogEnd(TaskRun run, TaskEnd end, TaskOutcomeKind kind) => QueueLog.End(
        engine.Logger, TaskMark.Of(run.Task), run.Task.Function, route.Key, end, kind, run.Task.Attempt, run.HasCaller);

    private void OnEndStored(EndStored stored)
    {
        _unstored--;
        Conclude(stored);
        TellDrained();
    }

    private void Conclude(EndStored stored)
    {
        var (run, end, kind, pending) = stored;
        var task = run.Task;
        Forget(task);
        if (run.Watch is { } watch)
        {
            var snapshot = TaskSnapshots.Of(task, end);
            _followed.Remove(watch);
            watch.End(new TaskEnding(snapshot, kind), TaskTimeline.Ended(snapshot));
        }

        if (pending is not null)
        {
            _untold.Remove(run);
            run.Complete(pending);
        }

        if (end.HasDelivery)
            engine.Webhooks.Tell(new Deliver(task.Id, 0, 0));
    }

    /// <summary>Takes a task that was refused out of everything.</summary>
    private void Leave(QueuedTask task)
    {
        engine.CountOut(route, task);
        if ((task.Attachment as TaskRun)?.Watch is { } watch)
        {
            _followed.Remove(watch);
            watch.Abandon();
        }

        Forget(task);
    }

    // Nothing of an ended task stays behind: what is left of it in the store's heap is small.
    private void Forget(QueuedTask task)
    {
        engine.Live.Remove(task);
        if (task.Options.Idempotency is { } mark)
            engine.Keys.Remove(mark.Key, task.Id);
        task.Attachment = null;
        task.Body = null;
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
