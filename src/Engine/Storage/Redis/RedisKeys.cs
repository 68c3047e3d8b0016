using System.Globalization;
using System.Text;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>Names of all keys and channels that belong to no queue; docs/decisions/0004-redis-store.md is their map.
/// </summary>
/// <param name="prefix">What all of them begin with; no braces.</param>
internal sealed class RedisKeys(string prefix)
{
    /// <summary>Set: names of all queues, as <see cref="QueueKey.ToString"/> writes them.</summary>
    public string Queues { get; } = prefix + ":queues";

    /// <summary>Number: last life of any node.</summary>
    public string Epoch { get; } = prefix + ":epoch";

    /// <summary>String: salt of the cipher of worker keys.</summary>
    public string Salt { get; } = prefix + ":salt";

    /// <summary>Set: ids of the nodes.</summary>
    public string Nodes { get; } = prefix + ":nodes";

    /// <summary>Set: URLs of workers that are to get no new tasks.</summary>
    public string Drains { get; } = prefix + ":drains";

    /// <summary>Channel: the URL of a worker whose owner is to look at it.</summary>
    public string WorkerTold { get; } = prefix + ":worker-told";

    /// <summary>Channel: the name of a queue that may have work, is paused or resumed.</summary>
    public string Wake { get; } = prefix + ":wake";

    /// <summary>Channel: the id of a watched task that changed.</summary>
    public string Told { get; } = prefix + ":told";

    /// <summary>Channel: messages for one life of a node.</summary>
    public string To(string node) => $"{prefix}:to:{node}";

    /// <summary>String: what a node says of itself.</summary>
    public string Node(string id) => $"{prefix}:node:{id}";

    /// <summary>String: who owns a worker.</summary>
    public string Worker(string url) => $"{prefix}:worker:{url}";

    /// <summary>String: what a node tells of its workers.</summary>
    public string Fleet(string id) => $"{prefix}:fleet:{id}";

    /// <summary>Set: functions that were ever seen in a queue.</summary>
    public string Functions(QueueKey queue) => $"{prefix}:functions:{queue}";

    /// <summary>String: holder of an idempotency key.</summary>
    public string IdempotencyKey(UInt128 key) => string.Create(CultureInfo.InvariantCulture, $"{prefix}:key:{key:x32}");

    /// <summary>The keys of one queue.</summary>
    public RedisQueueKeys Of(QueueKey queue) => new(prefix, queue);

    /// <summary>Reads the name of a queue; false when it is none.</summary>
    public static bool TryParseQueue(string name, out QueueKey queue)
    {
        var slash = name.LastIndexOf('/');
        var isNumber = int.TryParse(
            name.AsSpan(slash + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var contract);
        queue = slash >= 0 && isNumber ? new QueueKey(name[..slash], contract) : default;
        return slash >= 0 && isNumber;
    }
}

/// <summary>Names of the keys of one queue. All carry one hash tag, so that they lie in one slot.</summary>
internal sealed class RedisQueueKeys(string prefix, QueueKey queue)
{
    /// <summary>What all of them begin with. It is no key itself; scripts get it, as their only key, and add the rest.
    /// </summary>
    public string Base { get; } = string.Create(
        CultureInfo.InvariantCulture, $"{prefix}:{{{Escape(queue.Group)}/{queue.Contract}}}");

    /// <summary>Sorted set: places of tasks that can be leased.</summary>
    public string Pending => Base + ":pending";

    /// <summary>Sorted set: places of tasks that wait, by due time.</summary>
    public string Delayed => Base + ":delayed";

    /// <summary>Sorted set: lives of nodes that lease here, by the end of their lease.</summary>
    public string Nodes => Base + ":nodes";

    /// <summary>Sorted set: ids with a time to live and no attempt yet, by its end.</summary>
    public string Expire => Base + ":expire";

    /// <summary>Sorted set, score 0: ids of all living tasks.</summary>
    public string All => Base + ":all";

    /// <summary>Sorted set: ids of ended tasks by the end of their retention.</summary>
    public string Kept => Base + ":kept";

    /// <summary>Sorted set: ids whose retention is over, by the moment at which they are forgotten.</summary>
    public string Gone => Base + ":gone";

    /// <summary>Sorted set: ids with a pending delivery, by the moment from which anybody may take it.</summary>
    public string Deliveries => Base + ":deliveries";

    /// <summary>Hash: ordering key to the id that holds it.</summary>
    public string Holders => Base + ":holders";

    /// <summary>Hash: counters and the pause.</summary>
    public string Meta => Base + ":meta";

    /// <summary>Hash: one task.</summary>
    public string Task(TaskId id) => $"{Base}:t:{id}";

    /// <summary>Set: ids that a life of a node runs.</summary>
    public string Run(string node) => $"{Base}:run:{node}";

    /// <summary>Sorted set, score 0: ids of ended tasks in that state.</summary>
    public string Ended(TaskState state) =>
        string.Create(CultureInfo.InvariantCulture, $"{Base}:ended:{(int)state}");

    /// <summary>List: what the worker told of the task, see <see cref="RedisRecord.WriteEvent"/>.</summary>
    public string Events(TaskId id) => $"{Base}:events:{id}";

    /// <summary>String: the reply for a caller at another node.</summary>
    public string Reply(TaskId id) => $"{Base}:reply:{id}";

    // A brace would end the hash tag, and a slash would make two queues one.
    private static string Escape(string group)
    {
        if (group.AsSpan().IndexOfAny("%{}/") < 0)
            return group;
        var escaped = new StringBuilder(group.Length + 8);
        foreach (var letter in group)
        {
            if (letter is '%' or '{' or '}' or '/')
                escaped.Append(CultureInfo.InvariantCulture, $"%{(int)letter:X2}");
            else
                escaped.Append(letter);
        }

        return escaped.ToString();
    }
}
