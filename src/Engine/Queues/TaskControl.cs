using System.Threading.Channels;
using ActorBalancer.Actors;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Webhooks;

namespace ActorBalancer.Engine.Queues;

/// <summary>
/// Questions and orders about single tasks: asks the task's queue while it lives, and the archive after that.
/// Thread-safe.
/// </summary>
internal sealed class TaskControl(EngineContext engine, TaskIntake intake, CancellationToken stopping)
{
    /// <summary>Longest wait for a queue's actor, which answers from memory.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private ITaskArchive Archive => engine.Store.Archive;

    /// <summary>See <see cref="IBalancer.FindAsync"/>.</summary>
    public async ValueTask<TaskLookup> FindAsync(TaskId id, TimeSpan wait, CancellationToken cancellationToken)
    {
        while (true)
        {
            var found = await AskAsync(
                id, (task, reply) => new ViewTask(task, wait > TimeSpan.Zero, reply), cancellationToken);
            if (found.Answer is not { } view)
                return new TaskLookup(found.Kind, found.Archived?.Snapshot);

            // Without a snapshot it has ended already: the disk's word comes in a moment, or says that it is behind.
            var patience = view.Snapshot is null ? Patience : wait;
            var ending = view.Ended is null ? null : await WaitAsync(view.Ended, patience, cancellationToken);
            if (ending is not null)
                return new TaskLookup(TaskAnswerKind.Done, ending.Snapshot);
            if (view.Snapshot is null)
                return new TaskLookup(TaskAnswerKind.Done, TaskSnapshots.Of(found.Living!));
            if (view.Ended is null)
                return new TaskLookup(TaskAnswerKind.Done, view.Snapshot);
            wait = TimeSpan.Zero;
        }
    }

    /// <summary>The outcome of a task, as a caller of it would get it; null when nobody knows it any more. The token
    /// ends the wait alone, with the outcome of a caller that has gone: the task is another's and goes on.</summary>
    public async ValueTask<TaskOutcome?> OutcomeOfAsync(TaskId id, CancellationToken cancellationToken)
    {
        var found = await AskAsync(
            id, static (task, reply) => new ViewTask(task, true, reply), CancellationToken.None);
        if (found.Answer is not { Ended: { } ended })
            return found.Archived is { } archived ? Outcomes.Of(archived.Snapshot) : null;
        if (await WaitAsync(ended, engine.Options.TaskTimeout, cancellationToken) is { } ending)
            return Outcomes.Of(ending.Snapshot, ending.Kind);
        if (ended.IsCanceled)
            return null;
        return cancellationToken.IsCancellationRequested
            ? Outcomes.Cancelled()
            : Outcomes.TimedOut(engine.Options.TaskTimeout, 0);
    }

    /// <summary>See <see cref="IBalancer.FollowAsync"/>.</summary>
    public async ValueTask<TaskFollower> FollowAsync(TaskId id, long after)
    {
        var found = await LookAsync(id, async (task, route) =>
        {
            var follower = await route.Actor.AskAsync<TaskFollower>(
                reply => new FollowTask(task, after, reply), Patience);
            return follower.Kind == TaskAnswerKind.Unknown ? null : follower;
        });
        if (found.Answer is { } follower)
            return follower;
        if (found.Archived is not { } archived)
            return new TaskFollower(found.Kind, null, null);
        Channel<TaskEvent> events = TaskWatch.MakeChannel(
            TaskTimeline.Of(archived.Snapshot, archived.Events, after));
        events.Writer.Complete();
        return new TaskFollower(TaskAnswerKind.Done, events.Reader, null);
    }

    /// <summary>See <see cref="IBalancer.CancelAsync"/>.</summary>
    public async ValueTask<TaskOrderResult> CancelAsync(TaskId id)
    {
        var found = await AskAsync(
            id, static (task, reply) => new CancelTask(task, reply), CancellationToken.None);
        if (found.Answer is { } view)
        {
            return await WaitAsync(view.Ended!, Patience, CancellationToken.None) is { } ending
                ? new TaskOrderResult(view.Kind, ending.Snapshot.State)
                : new TaskOrderResult(TaskAnswerKind.Refused, null, Outcomes.StoreBehind());
        }

        return found.Archived is { Snapshot.State: var state }
            ? TaskOrders.Cancel(state)
            : new TaskOrderResult(found.Kind);
    }

    /// <summary>See <see cref="IBalancer.CancelAllAsync"/>.</summary>
    public async Task<int> CancelAllAsync(TaskFilter filter)
    {
        // Found at one look, newest first: what comes later is not meant.
        var tasks = engine.Live.All.Where(task => TaskSnapshots.Passes(task, filter))
            .OrderByDescending(static task => task.Id, Comparer<TaskId>.Create(TaskId.CompareAge));
        var count = 0;
        foreach (var page in tasks.Chunk(TaskOrders.PageSize))
        {
            var results = await Task.WhenAll(page.Select(task => CancelAsync(task, filter.State)));
            count += results.Count(static isCancelled => isCancelled);
        }

        return count;
    }

    /// <summary>See <see cref="IBalancer.FindInputAsync"/>.</summary>
    public async ValueTask<TaskInput> FindInputAsync(TaskId id)
    {
        var found = await LookAsync(id, IsThere, withBody: true);
        var (kind, archived) = (found.Kind, found.Archived);
        if (found.Living is { } living)
        {
            if (living.Body is { } inMemory)
                return new TaskInput(TaskAnswerKind.Done, inMemory);
            if (await engine.Store.ReadBodyAsync(living) is { } onDisk)
                return new TaskInput(TaskAnswerKind.Done, onDisk);

            // It has just ended.
            (kind, archived) = await FindArchivedAsync(id, withBody: true);
        }

        return new TaskInput(kind, archived?.Body);
    }

    /// <summary>See <see cref="IBalancer.RetryAsync"/>.</summary>
    public async ValueTask<TaskOrderResult> RetryAsync(TaskId id)
    {
        var found = await LookAsync(id, IsThere, withBody: true);
        if (found.Living is { } living)
            return new TaskOrderResult(TaskAnswerKind.TooLate, living.State);
        if (found.Archived is not { } archived)
            return new TaskOrderResult(found.Kind);
        return await TaskOrders.RetryAsync(
            archived, revived => intake.ReviveAsync(revived, () => IsAsItWasAsync(archived.Snapshot)));
    }

    /// <summary>See <see cref="IBalancer.RetryAllAsync"/>.</summary>
    public Task<int> RetryAllAsync(TaskFilter filter) => TaskOrders.RetryAllAsync(Archive, filter, RetryAsync);

    /// <summary>See <see cref="IBalancer.PurgeAsync"/>.</summary>
    public Task<int> PurgeAsync(TaskFilter filter) => TaskOrders.PurgeAsync(Archive, filter);

    /// <summary>See <see cref="IBalancer.RedeliverAsync"/>.</summary>
    public async ValueTask<TaskOrderResult> RedeliverAsync(TaskId id)
    {
        var found = await LookAsync(id, IsThere);
        if (found.Living is { } living)
            return new TaskOrderResult(TaskAnswerKind.TooLate, living.State);
        if (found.Archived is not { Snapshot: var task })
            return new TaskOrderResult(found.Kind);
        var result = await TaskOrders.RedeliverAsync(Archive, task, engine.Clock.NowMilliseconds);
        if (result.Kind == TaskAnswerKind.Done)
            engine.Webhooks.Tell(new Deliver(id, 0, 0));
        return result;
    }

    /// <summary>See <see cref="IBalancer.ReportAsync"/>.</summary>
    public async ValueTask<TaskOrderResult> ReportAsync(TaskId id, long token, TaskEventKind kind, byte[] data)
    {
        var found = await AskAsync(
            id, (task, reply) => new ReportTask(task, token, kind, data, reply), CancellationToken.None);
        if (found.Answer is { } view)
            return new TaskOrderResult(view.Kind, found.Living!.State);
        return found.Archived is { } archived
            ? new TaskOrderResult(TaskAnswerKind.Stale, archived.Snapshot.State)
            : new TaskOrderResult(found.Kind);
    }

    /// <summary>See <see cref="IBalancer.ListAsync"/>.</summary>
    public async ValueTask<TaskPage> ListAsync(TaskFilter filter, TaskId? before, int limit)
    {
        // One more than asked for tells whether there is another page. The living come first: a task that ends between
        // the two looks is in the archive by the second.
        var merged = new SortedDictionary<TaskId, TaskSnapshot>(NewestFirst);
        foreach (var task in Newest(filter, before, limit + 1))
            merged.Add(task.Id, TaskSnapshots.Of(task));
        var ended = filter.State is { } state && !TaskTransitions.IsFinal(state)
            ? []
            : await Archive.ListAsync(filter, before, limit + 1);
        foreach (var task in ended)
            merged[task.Id] = task;
        var page = merged.Values.Take(limit).ToArray();
        return new TaskPage(page, merged.Count > limit ? page[^1].Id : null);
    }

    private async Task<bool> CancelAsync(QueuedTask task, TaskState? only)
    {
        if (engine.Routes.Find(task.Queue) is not { } route)
            return false;
        var view = await route.Actor.AskAsync<TaskView>(reply => new CancelTask(task, reply, only), Patience);
        return view is { Kind: TaskAnswerKind.Done, Ended: { } ended }
            && await WaitAsync(ended, Patience, CancellationToken.None) is not null;
    }

    private static Comparer<TaskId> NewestFirst { get; } =
        Comparer<TaskId>.Create(static (a, b) => TaskId.CompareAge(b, a));

    // What lives is in no order: a heap keeps the newest while all are looked at.
    private IEnumerable<QueuedTask> Newest(TaskFilter filter, TaskId? before, int count)
    {
        var newest = new PriorityQueue<QueuedTask, TaskId>(Comparer<TaskId>.Create(TaskId.CompareAge));
        foreach (var task in engine.Live.All)
        {
            if (!TaskSnapshots.Passes(task, filter)
                || (before is { } limit && TaskId.CompareAge(task.Id, limit) >= 0))
                continue;
            if (newest.Count < count)
                newest.Enqueue(task, task.Id);
            else
                newest.EnqueueDequeue(task, task.Id);
        }

        return newest.UnorderedItems.Select(static item => item.Element);
    }

    // Between the first look and the claim on the id somebody else may have retried it, and it may have ended again.
    private async ValueTask<bool> IsAsItWasAsync(TaskSnapshot before)
    {
        var (_, now) = await FindArchivedAsync(before.Id, withBody: false);
        return now?.Snapshot.State == before.State && now.Snapshot.Attempts.Count == before.Attempts.Count
            && now.Snapshot.FinishedAtMilliseconds == before.FinishedAtMilliseconds;
    }

    private ValueTask<Found<TaskView>> AskAsync(
        TaskId id, Func<QueuedTask, ActorRef<TaskView>, QueueMessage> ask, CancellationToken cancellationToken)
        => LookAsync(id, async (task, route) =>
        {
            var view = await route.Actor.AskAsync<TaskView>(reply => ask(task, reply), Patience, cancellationToken);
            return view.Kind == TaskAnswerKind.Unknown ? null : view;
        });

    private static ValueTask<QueuedTask?> IsThere(QueuedTask task, QueueRoute route) => new(task);

    // A task is never in neither place, but it may change over between a look at the living and one into the archive:
    // by its end, which the archive has before the living lose it, or by hand, which the living note before the
    // archive loses it. So what was seen alive, and what may have come back meanwhile, is looked for again.
    private async ValueTask<Found<TAnswer>> LookAsync<TAnswer>(
        TaskId id, Func<QueuedTask, QueueRoute, ValueTask<TAnswer?>> ask, bool withBody = false)
        where TAnswer : class
    {
        while (true)
        {
            var comebacks = engine.Live.Comebacks;
            var wasAlive = false;
            if (engine.Live.TryFind(id, out var task) && engine.Routes.Find(task.Queue) is { } route)
            {
                if (await ask(task, route) is { } answer)
                    return new Found<TAnswer>(task, answer, TaskAnswerKind.Done, null);
                wasAlive = true;
            }

            var (kind, archived) = await FindArchivedAsync(id, withBody);
            if (kind != TaskAnswerKind.Unknown || (!wasAlive && comebacks == engine.Live.Comebacks))
                return new Found<TAnswer>(null, null, kind, archived);
        }
    }

    private async ValueTask<(TaskAnswerKind Kind, ArchivedTask? Task)> FindArchivedAsync(TaskId id, bool withBody)
    {
        var lookup = await Archive.FindAsync(id, withBody);
        if (lookup.Task is not { } task)
            return (lookup.IsGone ? TaskAnswerKind.Gone : TaskAnswerKind.Unknown, null);

        return Ends.IsRetentionOver(task.Snapshot, engine.Clock.NowMilliseconds)
            ? (TaskAnswerKind.Gone, null)
            : (TaskAnswerKind.Done, task);
    }

    // Null when the time is over, the balancer stops, or the task was not taken after all.
    private async Task<TaskEnding?> WaitAsync(
        Task<TaskEnding> ended, TimeSpan wait, CancellationToken cancellationToken)
    {
        if (!ended.IsCompleted && wait > TimeSpan.Zero)
        {
            using var both = CancellationTokenSource.CreateLinkedTokenSource(stopping, cancellationToken);
            var delay = Task.Delay(wait, engine.Clock.Time, both.Token);
            await Task.WhenAny(StayAsync(ended), StayAsync(delay));
            both.Cancel(); // only ends the delay's timer: no thread of the pool is needed for that
        }

        return ended.IsCompletedSuccessfully ? await ended : null;

        // WhenAny goes on in the pool, whatever context waits: a simulation would lose the thread.
        static Task StayAsync(Task task) => SynchronizationContext.Current is null ? task : AwaitAsync(task);

        static async Task AwaitAsync(Task task) => await task;
    }

    /// <summary>Where a task was found.</summary>
    /// <param name="Living">The task, while it lives.</param>
    /// <param name="Answer">What its queue said of it then.</param>
    /// <param name="Kind">Done, unknown or gone.</param>
    /// <param name="Archived">The task, when it has ended.</param>
    private readonly record struct Found<TAnswer>(
        QueuedTask? Living, TAnswer? Answer, TaskAnswerKind Kind, ArchivedTask? Archived)
        where TAnswer : class;
}
