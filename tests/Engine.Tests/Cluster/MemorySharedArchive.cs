using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Tests.Cluster;

/// <summary>The ended tasks of <see cref="SharedMemory"/>, as one node sees them.</summary>
internal sealed class MemorySharedArchive(MemorySharedStore store) : ITaskArchive
{
    private IEnumerable<SharedCell> Ended => store.Memory.Queues.Values
        .SelectMany(static queue => queue.Cells.Values)
        .Where(static cell => cell.IsEnded);

    public ValueTask<ArchiveLookup> FindAsync(TaskId id, bool withBody) => store.Ask(_ =>
        store.Memory.Find(id) is { IsEnded: true } cell
            ? new ArchiveLookup(cell.Show(withBody).Task, false)
            : new ArchiveLookup(null, store.Memory.Queues.Values.Any(queue => queue.Gone.Contains(id))));

    public ValueTask<ArchivedTask?> FindByKeyAsync(UInt128 idempotencyKey) => store.Ask(_ =>
        Ended.LastOrDefault(cell => cell.First.Options.Idempotency?.Key == idempotencyKey)?.Show(false).Task);

    public ValueTask<IReadOnlyList<TaskSnapshot>> ListAsync(TaskFilter filter, TaskId? before, int limit) =>
        store.Ask<IReadOnlyList<TaskSnapshot>>(_ =>
            store.List(static cell => cell.IsEnded, filter, before, limit));

    public ValueTask<IReadOnlyDictionary<(QueueKey Queue, TaskState State), long>> CountAsync() =>
        store.Ask<IReadOnlyDictionary<(QueueKey, TaskState), long>>(_ => Ended
            .GroupBy(static cell => (cell.First.Queue, cell.State))
            .ToDictionary(static group => group.Key, static group => (long)group.Count()));

    public ValueTask<int> DeleteAsync(IReadOnlyList<TaskId> ids) => store.Ask(_ => ids.Count(Forget));

    public async ValueTask SaveDeliveryAsync(TaskId id, WebhookDelivery delivery, long keptUntilMilliseconds) =>
        await store.Ask(_ =>
        {
            if (store.Memory.Find(id) is not { IsEnded: true } cell)
                return false;
            cell.Delivery = delivery;
            cell.KeptUntil = keptUntilMilliseconds;
            cell.DeliveryTakenUntil = delivery.DueAtMilliseconds + cell.DeliverySpan;
            return true;
        });

    public ValueTask<int> SweepAsync(long nowMilliseconds) => store.Ask(_ => Ended
        .Where(cell => cell.Delivery is not { State: WebhookDeliveryState.Pending }
            && cell.KeptUntil <= nowMilliseconds)
        .Select(static cell => cell.Id)
        .ToList()
        .Count(Forget));

    private bool Forget(TaskId id)
    {
        foreach (var queue in store.Memory.Queues.Values)
        {
            if (!queue.Cells.TryGetValue(id, out var cell) || !cell.IsEnded)
                continue;
            queue.Cells.Remove(id);
            queue.Gone.Add(id);
            return true;
        }

        return false;
    }
}
