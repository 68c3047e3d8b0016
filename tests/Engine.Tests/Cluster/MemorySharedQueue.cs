using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Tests.Cluster;

/// <summary>One node's way to a queue of <see cref="SharedMemory"/>. Leases complete later, as over a wire.</summary>
internal sealed class MemorySharedQueue(MemorySharedStore store, SharedMemoryQueue queue) : ISharedTaskQueue
{
    private volatile Counts _counts = new(0, 0, 0, 0, 0, null, null);

    public QueueKey Key => queue.Key;

    public int PendingCount => _counts.Pending;

    public int DelayedCount => _counts.Delayed;

    public int QueuedCount => _counts.Queued;

    public int RetryingCount => _counts.Retrying;

    public int RunningCount => _counts.Running;

    public long? NextDueMilliseconds => _counts.NextDue;

    public long? OldestCreatedAtMilliseconds => _counts.Oldest;

    public long? PausedUntilMilliseconds
    {
        get
        {
            lock (store.Memory.Gate)
                return queue.PausedUntil;
        }
    }

    public ValueTask EnqueueAsync(QueuedTask task) => EnqueueAsync([task]);

    public async ValueTask EnqueueAsync(IReadOnlyList<QueuedTask> tasks) => await Ask(news =>
    {
        foreach (var task in tasks)
            queue.Enqueue(task);
        queue.Wake(news);
        return true;
    });

    public async ValueTask<int> LeaseAsync(int max, ICollection<QueuedTask> leased)
    {
        await Task.Yield();
        var tasks = await Ask(_ => queue.Lease(store.Node, max));
        foreach (var task in tasks)
            leased.Add(task);
        return tasks.Count;
    }

    public async ValueTask<bool> CompleteAsync(QueuedTask task, long token, TaskEnd end) =>
        await AskUntilReachedAsync(news => queue.Complete(task, token, end, news));

    public async ValueTask<bool> RetryAsync(
        QueuedTask task, long token, long dueAtMilliseconds, bool countAttempt) =>
        await AskUntilReachedAsync(news => queue.Retry(task, token, dueAtMilliseconds, countAttempt, news));

    public ValueTask<bool> RemoveAsync(QueuedTask task, TaskEnd end) => Ask(news =>
    {
        if (!queue.Cells.TryGetValue(task.Id, out var cell) || cell.IsEnded || cell.State == TaskState.Running)
            return false;
        queue.EndNow(cell, cell.History, end, store.Node, news);
        return true;
    });

    public ValueTask<int> PromoteDueAsync(long nowMilliseconds) => Ask(news => queue.Promote(nowMilliseconds, news));

    public ValueTask<bool> EndAsync(SharedTask seen, IReadOnlyList<AttemptRecord> history, TaskEnd end) => Ask(news =>
    {
        var id = seen.Task.Snapshot.Id;
        if (!queue.Cells.TryGetValue(id, out var cell)
            || cell.State != seen.Task.Snapshot.State
            || cell.Token != seen.LeaseToken)
            return false;
        if (cell.Node is { } runner)
        {
            var token = cell.Token;
            news.Add(() => store.Memory.Tell(runner, told => told.LeaseRevoked(id, token)));
        }

        queue.EndNow(cell, history, end, store.Node, news);
        return true;
    });

    public void NoteStarted(QueuedTask task, AttemptRecord attempt)
    {
        try
        {
            store.Do<object?>(news =>
            {
                if (queue.Cells.TryGetValue(task.Id, out var cell) && cell.Token == task.LeaseToken && !cell.IsEnded)
                {
                    cell.Running = attempt;
                    queue.TellChange(cell, news);
                }

                return null;
            });
        }
        catch (TaskStoreException)
        {
            // Written behind, and for those who look only.
        }
    }

    public ValueTask<bool> ReportAsync(TaskId id, long token, TaskEvent told) => Ask(news =>
    {
        if (!queue.Cells.TryGetValue(id, out var cell) || cell.Token != token || cell.State != TaskState.Running)
            return false;
        cell.Events.Add(told);
        queue.TellChange(cell, news);
        return true;
    });

    public ValueTask<int> TendAsync(long leaseUntilMilliseconds) => Ask(news =>
    {
        var now = store.NowMilliseconds;
        if (leaseUntilMilliseconds > 0)
            queue.Leases[store.Node] = leaseUntilMilliseconds;
        var taken = queue.TakeUp(node => queue.Leases[node] <= now, countAttempt: true, news);
        queue.Promote(now, news);
        queue.Expire(now, store.News, news);
        return taken;
    });

    public async ValueTask LeaveAsync() =>
        await Ask(news => queue.TakeUp(node => node == store.Node, countAttempt: false, news));

    public ValueTask<SharedReply?> FetchReplyAsync(TaskId id) => Ask(_ =>
        queue.Replies.TryGetValue(id, out var kept) && kept.Until > store.NowMilliseconds ? kept.Reply : null);

    public ValueTask<IReadOnlyList<PendingDelivery>> TakeDeliveriesAsync(
        int max, long nowMilliseconds, long untilMilliseconds) => Ask<IReadOnlyList<PendingDelivery>>(_ =>
    {
        var due = queue.Cells.Values
            .Where(cell => cell.Delivery is { State: WebhookDeliveryState.Pending }
                && cell.DeliveryTakenUntil <= nowMilliseconds)
            .Take(max)
            .ToList();
        foreach (var cell in due)
        {
            cell.DeliverySpan = untilMilliseconds - nowMilliseconds;
            cell.DeliveryTakenUntil = untilMilliseconds;
        }

        return
        [
            .. due.Select(cell => new PendingDelivery(
                cell.Id, cell.Delivery!.Tries, cell.Delivery.DueAtMilliseconds)),
        ];
    });

    private async Task<T> AskUntilReachedAsync<T>(Func<List<Action>, T> act)
    {
        while (true)
        {
            await store.ReachAsync();
            try
            {
                return await Ask(act);
            }
            catch (TaskStoreException)
            {
                // Cut at this moment.
            }
        }
    }

    private ValueTask<T> Ask<T>(Func<List<Action>, T> act) => store.Ask(news =>
    {
        var result = act(news);
        _counts = new Counts(
            queue.Pending.Count(),
            queue.Delayed.Count(),
            queue.Living.Count(static cell => cell.State == TaskState.Queued),
            queue.Living.Count(static cell => cell.State == TaskState.Retrying),
            queue.Living.Count(static cell => cell.State == TaskState.Running),
            queue.Delayed.Min(static cell => (long?)cell.Due),
            queue.Living.Min(static cell => (long?)cell.First.CreatedAtMilliseconds));
        return result;
    });

    private sealed record Counts(
        int Pending, int Delayed, int Queued, int Retrying, int Running, long? NextDue, long? Oldest);
}
