using System.Collections.Concurrent;
using ActorBalancer.Engine.Tasks;
using StackExchange.Redis;

namespace ActorBalancer.Engine.Storage.Redis;

// A Redis that goes on from an older state (a replica that was promoted, a machine that lost its last moment) may say
// that this node runs a task whose end it was told already. The node lives and renews its leases, so nobody else would
// ever take that task up: the node itself gives it back.
internal sealed partial class RedisTaskQueue
{
    /// <summary>Most tasks that one script gives back.</summary>
    private const int ReclaimMax = 500;

    private static readonly RedisScript ReclaimScript = RedisScript.Load("reclaim", "task");

    // Leased and not yet done with, with their tokens.
    private readonly ConcurrentDictionary<TaskId, long> _held = new();
    private HashSet<TaskId> _strangers = []; // what the last look found that is not held
    private long _lookedAt;

    /// <summary>Compares what this node holds with what Redis says, once a lease time. A task that is not held at two
    /// looks goes back: one look alone may fall between a lease and its answer.</summary>
    /// <returns>How many went back.</returns>
    private async Task<int> ReclaimAsync()
    {
        var now = _store.Link.NowMilliseconds;
        var leaseTime = (long)_store.Options.LeaseTime.TotalMilliseconds;
        if (now - Interlocked.Read(ref _lookedAt) < leaseTime)
            return 0;
        Interlocked.Exchange(ref _lookedAt, now);

        var held = _held.ToArray();
        var said = new HashSet<TaskId>();
        foreach (var value in await _store.Link.AskAsync(database => database.SetMembersAsync(Keys.Run(_node))))
        {
            if (TaskId.TryParse((string)value!, out var id))
                said.Add(id);
        }

        // Ended by another node: this one's word was not asked for any more.
        foreach (var pair in held.Where(pair => !said.Contains(pair.Key)))
            _held.TryRemove(pair);
        said.RemoveWhere(_held.ContainsKey);
        var strangers = Interlocked.Exchange(ref _strangers, said);
        RedisValue[] lost =
        [
            .. said.Where(strangers.Contains).Take(ReclaimMax).Select(static id => (RedisValue)id.ToString()),
        ];
        if (lost.Length == 0)
            return 0;
        var answer = await RunAsync(ReclaimScript, [_node, .. lost]);
        Learn(RedisCounts.Read(answer[0]));
        return (int)answer[1];
    }

    private void Release(QueuedTask task, long token) =>
        _held.TryRemove(new KeyValuePair<TaskId, long>(task.Id, token));
}
