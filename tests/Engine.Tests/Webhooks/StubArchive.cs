using System.Collections.Concurrent;
using System.Threading.Channels;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;

namespace ActorBalancer.Engine.Tests.Webhooks;

/// <summary>What was written of a delivery.</summary>
internal sealed record SavedDelivery(TaskId Id, WebhookDelivery State, long KeptUntilMilliseconds);

/// <summary>An archive in memory that outlives the actor, as a disk does, and fails on order.</summary>
internal sealed class StubArchive : ITaskArchive, ITaskStore
{
    private readonly ConcurrentDictionary<TaskId, ArchivedTask> _tasks = new();
    private readonly Channel<SavedDelivery> _saves = Channel.CreateUnbounded<SavedDelivery>();

    public Func<TaskId, Exception?> ReadFault { get; set; } = static _ => null;

    public Func<TaskId, Exception?> BrokenRead { get; set; } = static _ => null;

    /// <summary>What a write waits for before it counts; an exception of it fails the write.</summary>
    public Func<Task> BeforeSave { get; set; } = static () => Task.CompletedTask;

    public string Name => "stub";

    public bool IsHealthy => true;

    public ITaskArchive Archive => this;

    public int SavesWaiting => _saves.Reader.Count;

    public void Add(ArchivedTask task) => _tasks[task.Snapshot.Id] = task;

    public WebhookDelivery Delivery(TaskId id) => _tasks[id].Snapshot.Delivery!;

    /// <summary>The next write.</summary>
    public async Task<SavedDelivery> NextSaveAsync()
        => await _saves.Reader.ReadAsync().AsTask().WaitAsync(TestSignal.Guard);

    public ValueTask<ArchiveLookup> FindAsync(TaskId id, bool withBody)
    {
        if (BrokenRead(id) is { } broken)
            throw broken;
        return ReadFault(id) is { } fault
            ? ValueTask.FromException<ArchiveLookup>(fault)
            : ValueTask.FromResult(new ArchiveLookup(_tasks.GetValueOrDefault(id), false));
    }

    public async ValueTask SaveDeliveryAsync(TaskId id, WebhookDelivery delivery, long keptUntilMilliseconds)
    {
        await BeforeSave();
        if (_tasks.TryGetValue(id, out var task))
            _tasks[id] = task with { Snapshot = task.Snapshot with { Delivery = delivery } };
        _saves.Writer.TryWrite(new SavedDelivery(id, delivery, keptUntilMilliseconds));
    }

    public ValueTask DisposeAsync() => default;

    public ValueTask<ArchivedTask?> FindByKeyAsync(UInt128 idempotencyKey) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<TaskSnapshot>> ListAsync(TaskFilter filter, TaskId? before, int limit)
        => throw new NotSupportedException();

    public ValueTask<IReadOnlyDictionary<(QueueKey Queue, TaskState State), long>> CountAsync()
        => throw new NotSupportedException();

    public ValueTask<int> DeleteAsync(IReadOnlyList<TaskId> ids) => throw new NotSupportedException();

    public ValueTask<int> SweepAsync(long nowMilliseconds) => throw new NotSupportedException();

    public ValueTask<StoreContent> OpenAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public ITaskQueue GetQueue(QueueKey key) => throw new NotSupportedException();

    public void RememberFunctions(QueueKey key, IReadOnlyCollection<string> functions)
        => throw new NotSupportedException();

    public ValueTask RememberPauseAsync(QueueKey key, long? untilMilliseconds) => throw new NotSupportedException();

    public ValueTask<byte[]?> ReadBodyAsync(QueuedTask task) => throw new NotSupportedException();

    public ValueTask RememberDrainAsync(string url, bool isDraining) => throw new NotSupportedException();
}
