using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage.Redis;

// Single tasks, wherever they are, lists, and idempotency keys.
public sealed partial class RedisTaskStore
{
    private RedisArchive? _archive; // set when the store is opened

    private RedisArchive Tasks => _archive ?? throw new InvalidOperationException("The store is not open.");

    async ValueTask<SharedLookup> ISharedTaskStore.FindAsync(TaskId id, bool withBody) =>
        await Tasks.LookAsync(id, withBody);

    async ValueTask<IReadOnlyList<TaskSnapshot>> ISharedTaskStore.ListAsync(
        TaskFilter filter, TaskId? before, int limit) => await Tasks.ListAllAsync(filter, before, limit);

    async ValueTask<KeyHolder> ISharedTaskStore.ClaimKeyAsync(
        IdempotencyMark mark, TaskId id, QueueKey queue, TaskId? instead)
    {
        Tasks.Remember(id, queue);
        var holder = await Tasks.Claims.ClaimAsync(mark, id, queue, instead);
        Tasks.Remember(holder.Id, holder.Queue);
        return holder;
    }

    async ValueTask ISharedTaskStore.ReleaseKeyAsync(UInt128 key, TaskId id) =>
        await Tasks.Claims.ReleaseAsync(key, id);

    ValueTask ISharedTaskStore.LeaveDeliveriesAsync(IReadOnlyList<PendingDelivery> deliveries) =>
        Tasks.LeaveDeliveriesAsync(deliveries);

    async ValueTask<bool> ISharedTaskStore.WatchAsync(TaskId id) => await Tasks.WatchAsync(id);

    private void OpenArchive(RedisLink link, RedisKeys keys, RedisCiphers ciphers) =>
        _archive = new RedisArchive(link, keys, ciphers);
}
