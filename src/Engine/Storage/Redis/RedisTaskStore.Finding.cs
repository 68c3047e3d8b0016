using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage.Redis;

// Single tasks, wherever they are.
public sealed partial class RedisTaskStore
{
    ValueTask<SharedLookup> ISharedTaskStore.FindAsync(TaskId id, bool withBody) =>
        throw new NotSupportedException();

    ValueTask<IReadOnlyList<TaskSnapshot>> ISharedTaskStore.ListAsync(TaskFilter filter, TaskId? before, int limit) =>
        throw new NotSupportedException();

    ValueTask<KeyHolder> ISharedTaskStore.ClaimKeyAsync(
        IdempotencyMark mark, TaskId id, QueueKey queue, TaskId? instead) => throw new NotSupportedException();

    ValueTask ISharedTaskStore.ReleaseKeyAsync(UInt128 key, TaskId id) => throw new NotSupportedException();

    ValueTask<bool> ISharedTaskStore.WatchAsync(TaskId id) => throw new NotSupportedException();
}
