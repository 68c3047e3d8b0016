using System.Text.Json;
using ActorBalancer.Testing.Processes;
using ActorBalancer.Testing.Workers;
using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Cluster;

/// <summary>What a cluster under trial is from its start.</summary>
internal sealed record ClusterRigOptions
{
    /// <summary>Role of each node: <c>master</c>, <c>worker</c> (API only), or empty for both.</summary>
    public IReadOnlyList<string> Modes { get; init; } = ["", "", ""];

    /// <summary>Worker processes.</summary>
    public int Workers { get; init; } = 4;

    /// <summary>Slots of each.</summary>
    public int Slots { get; init; } = 8;

    /// <summary>Lease time of the nodes.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Settings of Redis beside the rig's.</summary>
    public IReadOnlyList<string> RedisSettings { get; init; } = [];

    /// <summary>Settings of the nodes beside the rig's.</summary>
    public IReadOnlyList<(string Name, string Value)> Settings { get; init; } = [];

    /// <summary>Value of <c>REDIS_URL</c>, when the nodes reach Redis in another way than straight; null for the
    /// rig's own Redis.</summary>
    public string? RedisUrl { get; init; }
}

/// <summary>Nodes, workers, a Redis and a receiver of webhooks: processes of their own on free ports of 127.0.0.1.
/// Belongs to one trial.</summary>
internal sealed class ClusterRig : IRig, IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ClusterRigOptions _options;
    private readonly TemporaryFolder _folder = new();
    private readonly List<DateTime> _kills = [];
    private readonly List<Trouble> _troubles = [];

    private ClusterRig(ClusterRigOptions options, RedisServer redis, Receiver receiver)
    {
        _options = options;
        Redis = redis;
        Receiver = receiver;
        Workers = new WorkerProcesses(_folder.Path, options.Workers, options.Slots);
        File.WriteAllText(_folder.Combine("workers.json"), JsonSerializer.Serialize(Workers.Urls));
        Nodes = [.. options.Modes.Select((mode, number) => new ClusterRigNode($"n{number}", mode, this))];
    }

    /// <summary>The Redis that the rig started.</summary>
    public RedisServer Redis { get; }

    /// <summary>The nodes.</summary>
    public IReadOnlyList<ClusterRigNode> Nodes { get; }

    /// <summary>The workers.</summary>
    public WorkerProcesses Workers { get; }

    /// <inheritdoc/>
    public Receiver Receiver { get; }

    /// <inheritdoc/>
    public Ledger Ledger { get; } = new();

    /// <inheritdoc/>
    public IReadOnlyList<DateTime> Kills => _kills;

    /// <inheritdoc/>
    public IReadOnlyList<Trouble> Troubles => _troubles;

    /// <inheritdoc/>
    public IReadOnlyList<WorkerRun> Runs => Workers.Runs;

    /// <summary>Slots of all workers.</summary>
    public int Slots => _options.Workers * _options.Slots;

    /// <summary>Lease time of the nodes.</summary>
    public TimeSpan Lease => _options.Lease;

    /// <summary>Nodes that serve the HTTP API.</summary>
    public IEnumerable<ClusterRigNode> Apis => Nodes.Where(static node => node.IsApi);

    /// <inheritdoc/>
    public BalancerClient Client => Apis.First(static node => node.IsUp).Client;

    /// <inheritdoc/>
    public BalancerClient ClientOf(int connection) => Apis.ElementAt(connection % Apis.Count()).Client;

    /// <summary>Starts everything and waits until the workers take tasks.</summary>
    public static async Task<ClusterRig> StartAsync(ClusterRigOptions? options = null)
    {
        options ??= new ClusterRigOptions();
        var redis = await RedisServer.StartAsync([.. options.RedisSettings]);
        return await StartAsync(options, redis);
    }

    /// <summary>The same over a Redis that was started before; the rig ends it.</summary>
    public static async Task<ClusterRig> StartAsync(ClusterRigOptions options, RedisServer redis)
    {
        var rig = new ClusterRig(options, redis, await Receiver.StartAsync());
        try
        {
            rig.Workers.StartAll();
            foreach (var node in rig.Nodes)
                await node.StartAsync();
            await rig.WaitForWorkersAsync();
            return rig;
        }
        catch
        {
            await rig.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until every API node shows all workers as ready.</summary>
    public async Task WaitForWorkersAsync()
    {
        foreach (var node in Apis.Where(static node => node.IsUp))
        {
            await Poll.UntilAsync(
                async () => await node.Client.ReadyWorkersAsync() >= _options.Workers, Patience,
                "the workers to be ready");
        }
    }

    /// <summary>Kills a node with -9 and waits for its end.</summary>
    public async Task KillAsync(ClusterRigNode node)
    {
        _kills.Add(DateTime.UtcNow);
        await node.KillAsync();
    }

    /// <summary>Notes a kill that the rig did not do itself.</summary>
    public void NoteKill() => _kills.Add(DateTime.UtcNow);

    /// <summary>Notes a time of trouble; what it breaks shows up to a lease and a second after it.</summary>
    public void NoteTrouble(DateTime from) =>
        _troubles.Add(new Trouble(from, DateTime.UtcNow + Lease + TimeSpan.FromSeconds(1)));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
            await node.DisposeAsync();
        await Workers.DisposeAsync();
        await Receiver.DisposeAsync();
        await Redis.DisposeAsync();
        _folder.Dispose();
    }

    internal (string Name, string Value)[] SettingsOf(string id, string name, string mode, int port) =>
    [
        ("PORT", $"{port}"), ("BIND_ADDRESS", "127.0.0.1"), ("LB_AUTH_KEY", BalancerClient.Key), ("STORE", "redis"),
        ("REDIS_URL", _options.RedisUrl ?? $"redis://{Redis.Address}"), ("NODE_ID", id), ("MODE", mode),
        ("LEASE_TIME", $"{_options.Lease.TotalMilliseconds}"), ("DATA_DIR", _folder.Combine(name)),
        ("WORKERS_FILE", _folder.Combine("workers.json")), ("WORKER_DISCOVERY_INTERVAL", "250"),
        ("WEBHOOK_ALLOW_PRIVATE", "true"), ("LOG_LEVEL", "warn"), .. _options.Settings,
    ];

    internal string FolderPath => _folder.Path;
}
