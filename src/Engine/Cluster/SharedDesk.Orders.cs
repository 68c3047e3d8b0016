using ActorBalancer.Engine.Queues;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Cluster;

// Orders about tasks and queues.
internal sealed partial class SharedDesk
{
    public async ValueTask<TaskOrderResult> CancelAsync(TaskId id)
    {
        var ended = await EndAsync(id, static _ => new Verdict(TaskState.Cancelled, Outcomes.Cancelled()));
        if (ended.Outcome is { } outcome)
        {
            _callers.Complete(id, outcome);
            return new TaskOrderResult(TaskAnswerKind.Done, TaskState.Cancelled);
        }

        var (kind, found) = Classify(ended.Lookup);
        return found is { Task.Snapshot.State: var state }
            ? TaskOrders.Cancel(state)
            : new TaskOrderResult(kind);
    }

    public Task<int> CancelAllAsync(TaskFilter filter) => TaskOrders.ForEachPageAsync(
        before => _store.ListAsync(filter, before, TaskOrders.PageSize),
        async page =>
        {
            var results = await Task.WhenAll(page.Select(task => CancelAsync(task.Id, filter.State)));
            return results.Count(static isCancelled => isCancelled);
        });

    public async ValueTask<TaskOrderResult> RetryAsync(TaskId id)
    {
        var (kind, found) = await LookAsync(id, withBody: true);
        return found is { Task: var task }
            ? await TaskOrders.RetryAsync(task, ReviveAsync)
            : new TaskOrderResult(kind);
    }

    public Task<int> RetryAllAsync(TaskFilter filter) => TaskOrders.RetryAllAsync(_store.Archive, filter, RetryAsync);

    public Task<int> PurgeAsync(TaskFilter filter) => TaskOrders.PurgeAsync(_store.Archive, filter);

    // Whichever node looks first for what is due delivers it: told here as well, it would be delivered twice.
    public async ValueTask<TaskOrderResult> RedeliverAsync(TaskId id)
    {
        var (kind, found) = await LookAsync(id);
        return found is { Task.Snapshot: var task }
            ? await TaskOrders.RedeliverAsync(_store.Archive, task, _engine.Clock.NowMilliseconds)
            : new TaskOrderResult(kind);
    }

    public async ValueTask<TaskOrderResult> ReportAsync(TaskId id, long fencingToken, TaskEventKind kind, byte[] data)
    {
        var (answer, found) = await LookAsync(id);
        if (found is not { Task: var task })
            return new TaskOrderResult(answer);
        var state = task.Snapshot.State;
        if (state != TaskState.Running || found.LeaseToken != fencingToken)
            return new TaskOrderResult(TaskAnswerKind.Stale, state);

        // No earlier than the start of its attempt, whichever node noted that.
        var start = task.Snapshot.Attempts is [.., { EndedAtMilliseconds: 0 } running]
            ? running.StartedAtMilliseconds
            : 0;
        var now = Math.Max(_engine.Clock.NowMilliseconds, start);
        var last = task.Events is [.., var before] ? before.Id : -1;
        var told = new TaskEvent(TaskTimeline.NextTold(now, last), kind, now, data);
        var isTold = await _store.GetSharedQueue(task.Snapshot.Queue).ReportAsync(id, fencingToken, told);
        return new TaskOrderResult(isTold ? TaskAnswerKind.Done : TaskAnswerKind.Stale, state);
    }

    public async ValueTask<bool> SetPauseAsync(QueueKey key, long? untilMilliseconds)
    {
        if (_engine.ClusterFleet.Find(key) is null && !_store.Queues.Contains(key))
            return false;
        await _store.RememberPauseAsync(key, untilMilliseconds);
        return true;
    }

    // Only in that state, and only if it was this order that did it.
    private async Task<bool> CancelAsync(TaskId id, TaskState? only)
    {
        var ended = await EndAsync(id, seen => only is null || seen.Task.Snapshot.State == only
            ? new Verdict(TaskState.Cancelled, Outcomes.Cancelled())
            : null);
        if (ended.Outcome is not { } outcome)
            return false;
        _callers.Complete(id, outcome);
        return true;
    }

    // Null when the task is queued again.
    private async ValueTask<TaskOutcome?> ReviveAsync(QueuedTask task)
    {
        if (Refuse(task.Queue, task.Function, task.BodyBytes, out _) is { } refusal)
            return refusal;
        try
        {
            // While it lives its idempotency key is its own again: nobody makes another task under it.
            if (task.Options.Idempotency is { } mark
                && (await _store.ClaimKeyAsync(mark, task.Id, task.Queue, null)).Id != task.Id)
                return Outcomes.Busy();
            await _store.GetSharedQueue(task.Queue).EnqueueAsync(task);
            _rates.CountIn(task.Queue);
            _engine.Figures.CountIn(task);
            return null;
        }
        catch (TaskStoreException exception)
        {
            return RefusalOf(task, exception);
        }
        finally
        {
            _engine.Gate.Leave(task.BodyBytes);
        }
    }
}
