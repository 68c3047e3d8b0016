using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Journal;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Tests.Queues;

/// <summary>A store in memory whose lookups and commits wait, or fail, as a test says.</summary>
internal sealed class ScriptedStore : ITaskStore, ITaskArchive
{
    private readonly LocalTaskStore _inner = LocalTaskStore.InMemory(TimeProvider.System);
    private Func<Task> _beforeFind = Nothing;
    private Func<Task> _beforeList = Nothing;
    private Func<Task> _afterList = Nothing;
    private Func<Task> _afterEnqueue = Nothing;

    public string Name => _inner.Name;

    public bool IsHealthy => true;

    public ITaskArchive Archive => this;

    /// <summary>What the next lookup of a task waits for; an exception of it fails the lookup.</summary>
    public void BeforeNextFind(Func<Task> act) => _beforeFind = act;

    /// <summary>What the next list waits for before it looks, and after that before it answers.</summary>
    public void AroundNextList(Func<Task> before, Func<Task> after) => (_beforeList, _afterList) = (before, after);

    /// <summary>What the next commit of tasks waits for; they can be leased meanwhile. An exception of it fails the
    /// commit.</summary>
    public void AfterNextEnqueue(Func<Task> act) => _afterEnqueue = act;

    /// <summary>Takes a dead task that came back out of its queue, as a journal does whose commit has failed.</summary>
    public void RollBack(QueuedTask task)
    {
        var queue = (LocalTaskQueue)_inner.GetQueue(task.Queue);
        ((MemoryArchive)_inner.Archive).Keep(task, new TaskEnd
        {
            State = TaskState.Dead,
            AtMilliseconds = task.CreatedAtMilliseconds,
            KeptUntilMilliseconds = long.MaxValue,
        });
        queue.RollBackLater(new CommitRequest(queue, [task]));
    }

    public ValueTask<StoreContent> OpenAsync(CancellationToken cancellationToken) =>
        _inner.OpenAsync(cancellationToken);

    public ITaskQueue GetQueue(QueueKey key) => new ScriptedQueue(this, _inner.GetQueue(key));

    public void RememberFunctions(QueueKey key, IReadOnlyCollection<string> functions) =>
        _inner.RememberFunctions(key, functions);

    public ValueTask RememberPauseAsync(QueueKey key, long? untilMilliseconds) =>
        _inner.RememberPauseAsync(key, untilMilliseconds);

    public ValueTask<byte[]?> ReadBodyAsync(QueuedTask task) => _inner.ReadBodyAsync(task);

    public ValueTask RememberDrainAsync(string url, bool isDraining) => _inner.RememberDrainAsync(url, isDraining);

    public async ValueTask<ArchiveLookup> FindAsync(TaskId id, bool withBody)
    {
        await Interlocked.Exchange(ref _beforeFind, Nothing)();
        return await _inner.Archive.FindAsync(id, withBody);
    }

    public ValueTask<ArchivedTask?> FindByKeyAsync(UInt128 idempotencyKey) =>
        _inner.Archive.FindByKeyAsync(idempotencyKey);

    public async ValueTask<IReadOnlyList<TaskSnapshot>> ListAsync(TaskFilter filter, TaskId? before, int limit)
    {
        await Interlocked.Exchange(ref _beforeList, Nothing)();
        var tasks = await _inner.Archive.ListAsync(filter, before, limit);
        await Interlocked.Exchange(ref _afterList, Nothing)();
        return tasks;
    }

    public ValueTask<IReadOnlyDictionary<(QueueKey Queue, TaskState State), long>> CountAsync() =>
        _inner.Archive.CountAsync();

    public ValueTask<int> DeleteAsync(IReadOnlyList<TaskId> ids) => _inner.Archive.DeleteAsync(ids);

    public ValueTask SaveDeliveryAsync(TaskId id, WebhookDelivery delivery, long keptUntilMilliseconds) =>
        _inner.Archive.SaveDeliveryAsync(id, delivery, keptUntilMilliseconds);

    public ValueTask<int> SweepAsync(long nowMilliseconds) => _inner.Archive.SweepAsync(nowMilliseconds);

    public ValueTask DisposeAsync() => _inner.DisposeAsync();

    private static Task Nothing() => Task.CompletedTask;

    private sealed class ScriptedQueue(ScriptedStore store, ITaskQueue inner) : ITaskQueue
    {
        public QueueKey Key => inner.Key;

        public int PendingCount => inner.PendingCount;

        public int DelayedCount => inner.DelayedCount;

        public long? NextDueMilliseconds => inner.NextDueMilliseconds;

        public ValueTask EnqueueAsync(IReadOnlyList<QueuedTask> tasks)
        {
            var act = Interlocked.Exchange(ref store._afterEnqueue, Nothing);
            var written = inner.EnqueueAsync(tasks);
            return act == Nothing ? written : new ValueTask(act());
        }

        public ValueTask EnqueueAsync(QueuedTask task) => inner.EnqueueAsync(task);

        public ValueTask<int> LeaseAsync(int max, ICollection<QueuedTask> leased) => inner.LeaseAsync(max, leased);

        public ValueTask<bool> CompleteAsync(QueuedTask task, long token, TaskEnd end) =>
            inner.CompleteAsync(task, token, end);

        public ValueTask<bool> RetryAsync(QueuedTask task, long token, long dueAtMilliseconds, bool countAttempt) =>
            inner.RetryAsync(task, token, dueAtMilliseconds, countAttempt);

        public ValueTask<bool> RemoveAsync(QueuedTask task, TaskEnd end) => inner.RemoveAsync(task, end);

        public ValueTask<int> PromoteDueAsync(long nowMilliseconds) =>
            inner.PromoteDueAsync(nowMilliseconds);
    }
}
