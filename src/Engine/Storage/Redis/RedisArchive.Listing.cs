using System.Globalization;
using ActorBalancer.Engine.Tasks;
using StackExchange.Redis;

namespace ActorBalancer.Engine.Storage.Redis;

// Lists over all queues.
internal sealed partial class RedisArchive
{
    private const string LivingSet = "all";

    private static readonly RedisScript ListScript = RedisScript.Load("list");

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<TaskSnapshot>> ListAsync(TaskFilter filter, TaskId? before, int limit) =>
        await ListAsync(filter, EndedSetsOf(filter), before, limit);

    /// <summary>Tasks alive and ended, as <see cref="ListAsync(TaskFilter, TaskId?, int)"/>.</summary>
    public async ValueTask<IReadOnlyList<TaskSnapshot>> ListAllAsync(TaskFilter filter, TaskId? before, int limit)
    {
        // A living task has no delivery.
        var mayLive = filter.Delivery is null && (filter.State is not { } state || !TaskTransitions.IsFinal(state));
        var ended = EndedSetsOf(filter);
        return await ListAsync(filter, mayLive ? [LivingSet, .. ended] : ended, before, limit);
    }

    private static string[] EndedSetsOf(TaskFilter filter) =>
    [
        .. FinalStates
            .Where(state => filter.State is null || filter.State == state)
            .Select(static state => string.Create(CultureInfo.InvariantCulture, $"ended:{(int)state}")),
    ];

    private async Task<List<TaskSnapshot>> ListAsync(TaskFilter filter, string[] sets, TaskId? before, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        if (sets.Length == 0)
            return [];
        var queues = (await ReadQueuesAsync()).Where(queue =>
            (filter.Group is null || filter.Group == queue.Group)
            && (filter.Contract is null || filter.Contract == queue.Contract));
        return await RedisTaskLists.MergeAsync(
            queues, (queue, from, length) => ReadPageAsync(queue, filter, sets, from, length), before, limit);
    }

    private async Task<RedisTaskLists.Page> ReadPageAsync(
        QueueKey queue, TaskFilter filter, string[] sets, TaskId? before, int length)
    {
        var answer = (RedisResult[]?)await link.RunAsync(
            ListScript,
            [keys.Of(queue).Base],
            [
                before is { } id ? $"({id}" : "+",
                length,
                sets.Length,
                .. sets.Select(static set => (RedisValue)set),
                .. RedisRecord.Shown,
            ]);
        var passing = new List<TaskSnapshot>();
        TaskId? last = null;
        foreach (var row in answer!)
        {
            var parts = (RedisResult[])row!;
            if (!TaskId.TryParse((string?)parts[0], out var rowId))
                throw new TaskStoreException($"Redis: '{(string?)parts[0]}' in a set of queue {queue} is no id.");
            last = rowId;
            if (RedisRecord.Read(rowId, queue, (RedisValue[])parts[1]!, ciphers) is not { } found)
                continue;
            Remember(rowId, queue);
            var task = found.Task.Snapshot;
            if (filter.Passes(task.State, task.Queue, task.Function, task.Tags, task.Delivery?.State))
                passing.Add(task);
        }

        return new RedisTaskLists.Page(passing, last, answer.Length < length);
    }
}
