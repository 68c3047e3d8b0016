using System.Threading.Channels;
using ActorBalancer.Engine.Queues;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Cluster;

// Questions about tasks, and the waits for their ends and their events.
internal sealed partial class SharedDesk
{
    public async ValueTask<TaskLookup> FindAsync(TaskId id, TimeSpan wait, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (kind, found) = await LookAsync(id);
            if (found is not { Task.Snapshot: var task })
                return new TaskLookup(kind, null);
            if (wait <= TimeSpan.Zero || TaskTransitions.IsFinal(task.State))
                return new TaskLookup(TaskAnswerKind.Done, task);
            var last = await WaitForEndAsync(id, task.Queue, wait, cancellationToken);
            if (last is { Lookup.Task: { } ended })
                return new TaskLookup(TaskAnswerKind.Done, ended.Task.Snapshot);
            if (last is { Reply: { } reply })
                return new TaskLookup(TaskAnswerKind.Done, EndedAs(task, reply));
            wait = TimeSpan.Zero;
        }
    }

    public async ValueTask<TaskInput> FindInputAsync(TaskId id)
    {
        var (kind, found) = await LookAsync(id, withBody: true);
        return new TaskInput(kind, found?.Task.Body);
    }

    public async ValueTask<TaskFollower> FollowAsync(TaskId id, long after)
    {
        var (kind, found) = await LookAsync(id);
        if (found is not { Task: var task })
            return new TaskFollower(kind, null, null);
        var past = TaskTimeline.Of(task.Snapshot, task.Events, after);
        var events = TaskWatch.MakeChannel(past);
        if (TaskTransitions.IsFinal(task.Snapshot.State))
        {
            events.Writer.Complete();
            return new TaskFollower(TaskAnswerKind.Done, events.Reader, null);
        }

        var looks = _feed.Join(id, task.Snapshot.Queue);
        _ = TellAsync(looks, task.Snapshot, past.Count > 0 ? past[^1].Id : after, events.Writer);
        return new TaskFollower(TaskAnswerKind.Done, events.Reader, looks.Dispose);
    }

    public async ValueTask<TaskPage> ListAsync(TaskFilter filter, TaskId? before, int limit)
    {
        // One more than asked for tells whether there is another page.
        var tasks = await _store.ListAsync(filter, before, limit + 1);
        return tasks.Count > limit
            ? new TaskPage([.. tasks.Take(limit)], tasks[limit - 1].Id)
            : new TaskPage(tasks, null);
    }

    public async ValueTask<IReadOnlyList<QueueSnapshot>> ListQueuesAsync()
    {
        var ended = await _store.Archive.CountAsync();
        return
        [
            .. _engine.ClusterFleet.Queues.Select(static queue => queue.Key)
                .Union(_store.Queues)
                .OrderBy(static key => key.Group, StringComparer.Ordinal)
                .ThenBy(static key => key.Contract)
                .Select(key => SnapshotOf(key, ended)),
        ];
    }

    private QueueSnapshot SnapshotOf(
        QueueKey key, IReadOnlyDictionary<(QueueKey Queue, TaskState State), long> ended)
    {
        var queue = _store.GetSharedQueue(key);
        var now = _engine.Clock.NowMilliseconds;
        var until = queue.PausedUntilMilliseconds is { } end && end > now ? end : (long?)null;
        var counts = Enum.GetValues<TaskState>().ToDictionary(
            static state => state, state => ended.GetValueOrDefault((key, state)));
        counts[TaskState.Queued] = queue.QueuedCount;
        counts[TaskState.Scheduled] = Math.Max(0, queue.DelayedCount - queue.RetryingCount);
        counts[TaskState.Retrying] = queue.RetryingCount;
        counts[TaskState.Running] = queue.RunningCount;
        return new QueueSnapshot
        {
            Key = key,
            IsPaused = until is not null,
            PausedUntilMilliseconds = until is < long.MaxValue ? until : null,
            Counts = counts,
            InPerSecond = _rates.Of(key).InPerSecond,
            OutPerSecond = RatesOf(key).OutPerSecond,
            OldestAgeMilliseconds = queue.OldestCreatedAtMilliseconds is { } oldest ? Math.Max(0, now - oldest) : null,
        };
    }

    // Events up to the end, each once; a reader that is too far behind is let go, and may resume where it was.
    private async Task TellAsync(TaskFeed.Reader looks, TaskSnapshot task, long last, ChannelWriter<TaskEvent> events)
    {
        try
        {
            await foreach (var look in looks.Looks.ReadAllAsync())
            {
                List<TaskEvent> news = [];
                if (look.Lookup.Task is { Task: var seen })
                    news = TaskTimeline.Of(task = seen.Snapshot, seen.Events, last);
                else if (look.Reply is { } reply)
                    news.Add(TaskTimeline.After(last, TaskTimeline.Ended(EndedAs(task, reply))));
                foreach (var happened in news)
                {
                    if (!events.TryWrite(happened))
                        return;
                    last = happened.Id;
                }
            }
        }
        finally
        {
            looks.Dispose();
            events.TryComplete();
        }
    }

    // The last look at a task; null when it still lives at the end of the wait, and at the stop.
    private async ValueTask<FeedLook?> WaitForEndAsync(
        TaskId id, QueueKey queue, TimeSpan wait, CancellationToken cancellationToken)
    {
        using var reader = _feed.Join(id, queue);
        using var time = new CancellationTokenSource(wait, _engine.Clock.Time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(
            time.Token, _stopping.Token, cancellationToken);
        try
        {
            await foreach (var look in reader.Looks.ReadAllAsync(any.Token))
            {
                if (look.IsLast)
                    return look;
            }
        }
        catch (OperationCanceledException)
        {
            // The wait is over.
        }

        return null;
    }

    // A task of which nothing is kept, but for the word of how it ended.
    private TaskSnapshot EndedAs(TaskSnapshot task, SharedReply reply)
    {
        var now = _engine.Clock.NowMilliseconds;
        using var outcome = OutcomeWire.Decode(reply);
        return task with
        {
            State = reply.State,
            FinishedAtMilliseconds = now,
            KeptUntilMilliseconds = now,
            Error = reply.State == TaskState.Succeeded ? null : outcome.Error,
        };
    }

    private async ValueTask<(TaskAnswerKind Kind, SharedTask? Task)> LookAsync(TaskId id, bool withBody = false) =>
        Classify(await _store.FindAsync(id, withBody));

    private (TaskAnswerKind Kind, SharedTask? Task) Classify(SharedLookup lookup)
    {
        if (lookup.Task is not { } task)
            return (lookup.IsGone ? TaskAnswerKind.Gone : TaskAnswerKind.Unknown, null);
        return Ends.IsRetentionOver(task.Task.Snapshot, _engine.Clock.NowMilliseconds)
            ? (TaskAnswerKind.Gone, null)
            : (TaskAnswerKind.Done, task);
    }
}
