using ActorBalancer.Engine.Storage.Journal;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;
using StackExchange.Redis;

namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>
/// Reads tasks of all queues, alive and ended, and forgets ended ones. Thread-safe. An id does not say its queue: the
/// queue is remembered from earlier answers, and otherwise all queues are asked side by side.
/// </summary>
internal sealed partial class RedisArchive(RedisLink link, RedisKeys keys, RedisCiphers ciphers) : ITaskArchive
{
    /// <summary>Queues asked at the same time.</summary>
    private const int QueuesAtOnce = 64;

    /// <summary>Ids that one script deletes at most, and tasks that one step of a sweep takes: some milliseconds of
    /// Redis' time.</summary>
    private const int StepTasks = 500;

    /// <summary>Deliveries that are given up side by side.</summary>
    private const int DeliveriesAtOnce = 64;

    private static readonly TaskState[] FinalStates =
        [.. Enum.GetValues<TaskState>().Where(TaskTransitions.IsFinal)];

    private static readonly RedisScript FindScript = RedisScript.Load("find");
    private static readonly RedisScript WatchScript = RedisScript.Load("watch");
    private static readonly RedisScript DeleteScript = RedisScript.Load("delete");
    private static readonly RedisScript SweepScript = RedisScript.Load("sweep");
    private static readonly RedisScript SaveDeliveryScript = RedisScript.Load("save-delivery");
    private static readonly RedisScript LeaveDeliveryScript = RedisScript.Load("leave-delivery");

    private readonly RedisSeenTasks _seen = new();

    /// <summary>The idempotency keys.</summary>
    public RedisKeyClaims Claims { get; } = new(link, keys);

    /// <summary>Remembers the queue of a task: whoever asks for it soon need not ask all queues.</summary>
    public void Remember(TaskId id, QueueKey queue) => _seen.Add(id, queue);

    /// <inheritdoc/>
    public async ValueTask<ArchiveLookup> FindAsync(TaskId id, bool withBody)
    {
        var found = await LookAsync(id, withBody);
        return found.Task is { } task && !TaskTransitions.IsFinal(task.Task.Snapshot.State)
            ? default
            : new ArchiveLookup(found.Task?.Task, found.IsGone);
    }

    /// <inheritdoc/>
    public async ValueTask<ArchivedTask?> FindByKeyAsync(UInt128 idempotencyKey)
    {
        if (await Claims.FindAsync(idempotencyKey) is not { } holder)
            return null;
        _seen.Add(holder.Id, holder.Queue);
        var found = (await FindAsync(holder.Id, withBody: false)).Task;
        return found?.Options.Idempotency?.Key == idempotencyKey ? found : null;
    }

    /// <summary>Finds a task, alive or ended.</summary>
    public ValueTask<SharedLookup> LookAsync(TaskId id, bool withBody) => AskForAsync(
        id,
        queue => LookAsync(queue, id, withBody),
        static answer => answer.Task is not null || answer.IsGone);

    /// <summary>Asks that changes of a task are told; false when there is no such task.</summary>
    public ValueTask<bool> WatchAsync(TaskId id) => AskForAsync(
        id,
        async queue => (int)await link.RunAsync(WatchScript, [keys.Of(queue).Base], id.ToString()) == 1,
        static isThere => isThere);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyDictionary<(QueueKey Queue, TaskState State), long>> CountAsync()
    {
        var counts = new Dictionary<(QueueKey, TaskState), long>();
        foreach (var queues in (await ReadQueuesAsync()).Chunk(QueuesAtOnce))
        {
            var kinds = queues.SelectMany(static queue => FinalStates.Select(state => (queue, state))).ToArray();
            var lengths = await Task.WhenAll(kinds.Select(kind => link.AskAsync(
                database => database.SortedSetLengthAsync(keys.Of(kind.queue).Ended(kind.state)))));
            for (var i = 0; i < kinds.Length; i++)
            {
                if (lengths[i] > 0)
                    counts.Add(kinds[i], lengths[i]);
            }
        }

        return counts;
    }

    /// <inheritdoc/>
    public async ValueTask<int> DeleteAsync(IReadOnlyList<TaskId> ids)
    {
        var count = 0;
        var byQueue = ids.Distinct().ToLookup(_seen.Find);
        foreach (var known in byQueue)
        {
            IReadOnlyCollection<QueueKey> queues =
                known.Key is { } queue ? [queue] : await ReadQueuesAsync();
            foreach (var some in known.Chunk(StepTasks))
            {
                foreach (var asked in queues.Chunk(QueuesAtOnce))
                    count += (await Task.WhenAll(asked.Select(one => DeleteAsync(one, some)))).Sum();
            }
        }

        return count;
    }

    /// <inheritdoc/>
    public async ValueTask SaveDeliveryAsync(TaskId id, WebhookDelivery delivery, long keptUntilMilliseconds)
    {
        var isPending = delivery.State == WebhookDeliveryState.Pending;
        var isByHand = isPending && delivery.Tries == 0;
        RedisValue due = isPending ? delivery.DueAtMilliseconds : "";
        RedisValue span = isByHand ? "" : DeliveryHold.Milliseconds;
        RedisValue always = isByHand || delivery.State == WebhookDeliveryState.Delivered ? 1 : 0;
        var (queue, constants) = await AskForAsync<(QueueKey Queue, byte[]? Constants)>(
            id,
            async queue => (queue, (byte[]?)await link.RunAsync(
                SaveDeliveryScript,
                [keys.Of(queue).Base],
                id.ToString(), RedisRecord.WriteDelivery(delivery), due, span, keptUntilMilliseconds, always,
                keys.Told)),
            static answer => answer.Constants is not null);

        // Now it is known how long the task is kept, and its key with it.
        if (!isPending && constants is not null
            && RedisConstants.Read(constants, ciphers).Extras.Options.Idempotency is { } mark)
        {
            await Claims.NoteDeliveredAsync(mark, id, queue, keptUntilMilliseconds);
        }
    }

    /// <summary>See <see cref="Shared.ISharedTaskStore.LeaveDeliveriesAsync"/>.</summary>
    public async ValueTask LeaveDeliveriesAsync(IReadOnlyList<PendingDelivery> deliveries)
    {
        foreach (var some in deliveries.Chunk(DeliveriesAtOnce))
        {
            await Task.WhenAll(some.Select(delivery => AskForAsync(
                delivery.Id,
                async queue => (int)await link.RunAsync(
                    LeaveDeliveryScript, [keys.Of(queue).Base], delivery.Id.ToString(), delivery.DueAtMilliseconds),
                static found => found == 1).AsTask()));
        }
    }

    /// <inheritdoc/>
    public async ValueTask<int> SweepAsync(long nowMilliseconds)
    {
        var count = 0;
        foreach (var queues in (await ReadQueuesAsync()).Chunk(QueuesAtOnce))
            count += (await Task.WhenAll(queues.Select(queue => SweepAsync(queue, nowMilliseconds)))).Sum();
        return count;
    }

    private async Task<int> SweepAsync(QueueKey queue, long nowMilliseconds)
    {
        for (var count = 0; ;)
        {
            var answer = (int[]?)await link.RunAsync(
                SweepScript,
                [keys.Of(queue).Base],
                nowMilliseconds, StepTasks, ArchiveWriter.MemoryMilliseconds, ArchiveWriter.MemoriesMax);
            count += answer![0];
            if (answer[1] == 0)
                return count;
        }
    }

    private async Task<int> DeleteAsync(QueueKey queue, TaskId[] ids) => (int)await link.RunAsync(
        DeleteScript,
        [keys.Of(queue).Base],
        [ArchiveWriter.MemoryMilliseconds, .. ids.Select(static id => (RedisValue)id.ToString())]);

    private async Task<SharedLookup> LookAsync(QueueKey queue, TaskId id, bool withBody)
    {
        var answer = (RedisResult[]?)await link.RunAsync(
            FindScript,
            [keys.Of(queue).Base],
            [id.ToString(), .. withBody ? RedisRecord.WithBody : RedisRecord.Whole]);
        var known = (int)answer![0];
        if (known < 2 || RedisRecord.Read(id, queue, (RedisValue[])answer[1]!, ciphers) is not { } found)
            return new SharedLookup(null, known == 1);
        var events = Array.ConvertAll((byte[][])answer[2]!, RedisRecord.ReadEvent);
        return new SharedLookup(found with { Task = found.Task with { Events = events } }, false);
    }

    // What any node has made, this moment: a node may not have heard of a queue yet in which a task was put.
    private async Task<IReadOnlyCollection<QueueKey>> ReadQueuesAsync()
    {
        var names = await link.AskAsync(database => database.SetMembersAsync(keys.Queues));
        var queues = new List<QueueKey>(names.Length);
        foreach (var name in names)
        {
            if (RedisKeys.TryParseQueue(name!, out var queue))
                queues.Add(queue);
        }

        return queues;
    }

    // Asks the queue that is remembered, otherwise all of them until one knows the id.
    private async ValueTask<T> AskForAsync<T>(TaskId id, Func<QueueKey, Task<T>> ask, Func<T, bool> isKnown)
    {
        if (_seen.Find(id) is { } seen)
            return await ask(seen);
        foreach (var queues in (await ReadQueuesAsync()).Chunk(QueuesAtOnce))
        {
            var answers = await Task.WhenAll(queues.Select(ask));
            var index = Array.FindIndex(answers, answer => isKnown(answer));
            if (index < 0)
                continue;
            _seen.Add(id, queues[index]);
            return answers[index];
        }

        return default!;
    }
}
