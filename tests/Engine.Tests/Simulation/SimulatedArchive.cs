using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Tests.Simulation;

/// <summary>Reads what is committed, at once or a little later; sometimes it cannot.</summary>
internal sealed class SimulatedArchive(SimulationLoop loop, SimulatedDisk disk) : ITaskArchive
{
    public ValueTask<ArchiveLookup> FindAsync(TaskId id, bool withBody) =>
        Read(() => disk.Archive.FindAsync(id, withBody));

    public ValueTask<ArchivedTask?> FindByKeyAsync(UInt128 idempotencyKey) =>
        Read(() => disk.Archive.FindByKeyAsync(idempotencyKey));

    public ValueTask<IReadOnlyList<TaskSnapshot>> ListAsync(TaskFilter filter, TaskId? before, int limit) =>
        Read(() => disk.Archive.ListAsync(filter, before, limit));

    public ValueTask<IReadOnlyDictionary<(QueueKey Queue, TaskState State), long>> CountAsync() =>
        disk.Archive.CountAsync();

    public ValueTask<int> DeleteAsync(IReadOnlyList<TaskId> ids) => disk.Archive.DeleteAsync(ids);

    public ValueTask SaveDeliveryAsync(TaskId id, WebhookDelivery delivery, long keptUntilMilliseconds) =>
        disk.Archive.SaveDeliveryAsync(id, delivery, keptUntilMilliseconds);

    // No task of a schedule grows as old as its retention.
    public ValueTask<int> SweepAsync(long nowMilliseconds) => new(0);

    private ValueTask<T> Read<T>(Func<ValueTask<T>> read)
    {
        if (disk.Fails())
            return ValueTask.FromException<T>(new TaskStoreException("the simulated disk cannot be read"));
        if (loop.Chance(0.5))
            return read();
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.In(loop.Random.Next(10), () => answer.SetResult(Done(read())));
        return new ValueTask<T>(answer.Task);
    }

    // What lies in memory answers at once.
    private static T Done<T>(ValueTask<T> read) =>
        read.IsCompletedSuccessfully ? read.Result : throw new InvalidOperationException("not done at once");
}
