using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>
/// Remembers in which queue a task lies, since its id does not say it: of the ids seen lately, as a hint that saves
/// asking all queues. Bounded: a newer id may take an older one's place. Thread-safe without a lock.
/// </summary>
internal sealed class RedisSeenTasks
{
    /// <summary>Most ids; about 1 MB when full. A power of two.</summary>
    public const int Max = 16_384;

    private readonly Seen?[] _slots = new Seen?[Max];

    /// <summary>Remembers an id.</summary>
    public void Add(TaskId id, QueueKey queue)
    {
        ref var slot = ref _slots[SlotOf(id)];
        if (Volatile.Read(ref slot)?.Id != id)
            Volatile.Write(ref slot, new Seen(id, queue));
    }

    /// <summary>The queue of an id; null when it is not known.</summary>
    public QueueKey? Find(TaskId id) => Volatile.Read(ref _slots[SlotOf(id)]) is { } seen && seen.Id == id
        ? seen.Queue
        : null;

    private static int SlotOf(TaskId id) => id.GetHashCode() & (Max - 1);

    private sealed record Seen(TaskId Id, QueueKey Queue);
}
