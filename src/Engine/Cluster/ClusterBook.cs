using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Redis;
using StackExchange.Redis;

namespace ActorBalancer.Engine.Cluster;

/// <summary>What the nodes of a cluster write into Redis about themselves and about who owns which worker. Thread-safe;
/// every call may fail with <see cref="TaskStoreException"/>.</summary>
internal sealed class ClusterBook
{
    private static readonly RedisScript Join = RedisScript.Load("node-join");
    private static readonly RedisScript Leave = RedisScript.Load("node-leave");
    private static readonly RedisScript Claim = RedisScript.Load("worker-claim");
    private static readonly RedisScript Release = RedisScript.Load("worker-release");
    private static readonly RedisScript AddName = RedisScript.Load("node-name");
    private static readonly RedisScript TellFleet = RedisScript.Load("fleet-tell");

    private readonly RedisLink _link;
    private readonly string _node;
    private readonly TimeSpan _leaseTime;

    /// <param name="link">The connection.</param>
    /// <param name="node">This life of this node: its name, a full stop, and a number.</param>
    /// <param name="leaseTime">How long an entry stays without being renewed.</param>
    public ClusterBook(RedisLink link, string node, TimeSpan leaseTime)
    {
        _link = link;
        _node = node;
        _leaseTime = leaseTime;
        var dot = node.LastIndexOf('.');
        Id = node[..dot];
        Life = long.Parse(node.AsSpan(dot + 1), CultureInfo.InvariantCulture);
    }

    /// <summary>This node's name.</summary>
    public string Id { get; }

    /// <summary>Number of its life.</summary>
    public long Life { get; }

    /// <summary>How long an entry stays without being renewed.</summary>
    public TimeSpan LeaseTime => _leaseTime;

    /// <summary>Workers that this node may hold, to be given back at its end.</summary>
    public ConcurrentDictionary<string, bool> Held { get; } = new(StringComparer.Ordinal);

    /// <summary>Listens to news of members (a node's name), of workers that were given back (a URL), and of fleets (a
    /// node's name). The handlers only hand on.</summary>
    public async Task ListenAsync(Action<string> member, Action<string> released, Action<string> fleet)
    {
        await _link.SubscribeAsync(Channel("members"), message => member(Text(message)));
        await _link.SubscribeAsync(Channel("released"), message => released(Text(message)));
        await _link.SubscribeAsync(Channel("fleets"), message => fleet(Text(message)));
    }

    /// <summary>Writes or renews this node's entry.</summary>
    /// <returns>Null when that is done; else the entry of the process that has the name.</returns>
    public async Task<ClusterMember?> WriteAsync(ClusterMember member)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(member, ClusterJson.Default.ClusterMember);
        var answer = await _link.RunAsync(Join, [Key("node:" + Id)], Life, json, Milliseconds(_leaseTime));
        var held = (byte[]?)answer;
        if (held is { Length: > 0 })
            return Read(held) ?? member with { Life = 0, Host = "?" };
        await _link.RunAsync(AddName, [Key("nodes")], Id);
        return null;
    }

    /// <summary>Tells the others to look.</summary>
    public Task TellMembersAsync() => _link.PublishAsync(Channel("members"), Bytes(Id));

    /// <summary>How long the entry of that name stays if nobody renews it; null when there is none.</summary>
    public Task<TimeSpan?> ReadRestAsync(string id) =>
        _link.AskAsync(database => database.KeyTimeToLiveAsync(Key("node:" + id)));

    /// <summary>All names, each with its entry; null for an entry that is gone or cannot be read.</summary>
    public async Task<IReadOnlyList<(string Id, ClusterMember? Member, TimeSpan Left)>> ReadMembersAsync()
    {
        var ids = await _link.AskAsync(database => database.SetMembersAsync(Key("nodes")));
        return await Task.WhenAll(ids.Select(async value =>
        {
            var id = (string)value!;
            var entry = await _link.AskAsync(database => database.StringGetWithExpiryAsync(Key("node:" + id)));
            var member = entry.Value.IsNull ? null : Read((byte[])entry.Value!);
            return (id, member, entry.Expiry ?? TimeSpan.Zero);
        }));
    }

    /// <summary>Strikes a name off the list of nodes.</summary>
    public Task ForgetAsync(string id) => _link.AskAsync(database => database.SetRemoveAsync(Key("nodes"), id));

    /// <summary>Ends this node's entry and tells the others.</summary>
    public async Task LeaveAsync()
    {
        // The name first: a name on the list without an entry is that of a node that was lost. Another process that has
        // the name by now puts it back with its next renewal.
        await ForgetAsync(Id);
        if ((int)await _link.RunAsync(Leave, [Key("node:" + Id)], Life) == 0)
            return;
        await _link.AskAsync(database => database.KeyDeleteAsync(Key("fleet:" + Id)));
        await TellMembersAsync();
    }

    /// <summary>Takes a worker or renews its lease.</summary>
    public async Task<ClaimAnswer> ClaimAsync(string url)
    {
        Held[url] = true;
        var answer = (RedisResult[])(await _link.RunAsync(
            Claim, [Key("worker:" + url)], _node, Milliseconds(_leaseTime)))!;
        if ((int)answer[0] == 1)
            return new ClaimAnswer(long.Parse((string)answer[1]!, CultureInfo.InvariantCulture), null, TimeSpan.Zero);
        Held.TryRemove(url, out _);
        return new ClaimAnswer(0, (string)answer[1]!, TimeSpan.FromMilliseconds(Math.Max(0, (long)answer[2])));
    }

    /// <summary>Gives a worker back, if it is this node's, and tells the others.</summary>
    public async Task ReleaseAsync(string url)
    {
        await _link.RunAsync(Release, [Key("worker:" + url)], _node, Channel("released"), url);
        Held.TryRemove(url, out _);
    }

    /// <summary>Tells of this node's workers.</summary>
    public async Task WriteFleetAsync(NodeFleet fleet)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(fleet, ClusterJson.Default.NodeFleet);
        await _link.RunAsync(TellFleet, [Key("fleet:" + Id)], json, Milliseconds(_leaseTime));
        await _link.PublishAsync(Channel("fleets"), Bytes(Id));
    }

    /// <summary>What a node tells of its workers; null when it tells nothing, or something that cannot be read.
    /// </summary>
    public async Task<NodeFleet?> ReadFleetAsync(string id)
    {
        var value = await _link.AskAsync(database => database.StringGetAsync(Key("fleet:" + id)));
        if (value.IsNull)
            return null;
        try
        {
            return JsonSerializer.Deserialize((byte[])value!, ClusterJson.Default.NodeFleet);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Keeps a print of the balancer's key at first use.</summary>
    /// <param name="print">The print to keep when there is none.</param>
    /// <returns>The print that is kept.</returns>
    public async Task<string> KeepPrintAsync(string print) =>
        (string?)await _link.RunAsync(RedisIdentity.KeepFirst, [Key("key-print")], print) ?? print;

    /// <summary>What the keys of this cluster begin with.</summary>
    public string Prefix => _link.Prefix;

    private RedisKey Key(string name) => Channel(name);

    private string Channel(string name) => $"{_link.Prefix}:{name}";

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;

    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private static string Text(byte[] bytes) => System.Text.Encoding.UTF8.GetString(bytes);

    // An entry of a version to come may look different: that node is then unknown to this one, and no harm is done.
    private static ClusterMember? Read(byte[] json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, ClusterJson.Default.ClusterMember);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>Whether a worker is this node's.</summary>
/// <param name="Fence">Number of the ownership; 0 when it is not.</param>
/// <param name="Holder">Who has it instead; null when this node does.</param>
/// <param name="Rest">When that lease ends unless it is renewed.</param>
internal sealed record ClaimAnswer(long Fence, string? Holder, TimeSpan Rest);
