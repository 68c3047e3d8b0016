using System.Text.Json;
using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.EndToEnd.HelloWorker;
using ActorBalancer.EndToEnd.Tasks;
using ActorBalancer.Testing.Workers;

namespace ActorBalancer.EndToEnd.Cluster;

/// <summary>
/// A cluster as its operator runs it: one Redis, nodes and workers as real processes on free ports, one workers file.
/// Leases are short, so that what a lost node held comes back quickly. Belongs to one test.
/// </summary>
internal sealed class ClusterProcesses : IAsyncDisposable
{
    /// <summary>Role of a node that owns workers and runs tasks, without an HTTP API.</summary>
    public const string Master = "master";

    /// <summary>Role of a node that serves the HTTP API and runs nothing.</summary>
    public const string ApiOnly = "worker";

    /// <summary>Both roles in one process.</summary>
    public const string Both = "";

    /// <summary>Lease time of all nodes.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);

    private readonly TemporaryFolder _folder = new();
    private readonly (string Name, string Value)[] _settings;
    private readonly List<BalancerProcess> _nodes = [];
    private readonly List<FakeWorker> _fakes = [];
    private readonly List<HelloWorkerProcess> _hellos = [];
    private readonly List<object> _listed = [];

    private ClusterProcesses(RedisServer redis, (string Name, string Value)[] settings)
    {
        Redis = redis;
        _settings = settings;
        WriteWorkers();
    }

    public RedisServer Redis { get; }

    private string WorkersFile => _folder.Combine("workers.json");

    /// <summary>Starts the Redis; nodes and workers are added.</summary>
    /// <param name="settings">Settings of all nodes beside the usual ones.</param>
    public static async Task<ClusterProcesses> StartAsync(params (string Name, string Value)[] settings) =>
        new(await RedisServer.StartAsync(), settings);

    /// <summary>Starts one master and one API node beside each other, and waits until all workers take tasks.</summary>
    /// <returns>The API node <c>api1</c>, and the master <c>m1</c>.</returns>
    public async Task<(BalancerProcess Api, BalancerProcess Master)> StartPairAsync()
    {
        var nodes = await Task.WhenAll(StartNodeAsync("api1", ApiOnly), StartNodeAsync("m1", Master));
        await WaitForWorkersAsync(nodes[0]);
        return (nodes[0], nodes[1]);
    }

    /// <summary>Starts a node and waits until it is a member, and listens if its role does.</summary>
    /// <param name="id">Its <c>NODE_ID</c>; its data directory goes with it.</param>
    /// <param name="mode">Its role.</param>
    /// <param name="settings">Settings that differ from those of the cluster.</param>
    public async Task<BalancerProcess> StartNodeAsync(
        string id, string mode = Both, params (string Name, string Value)[] settings)
    {
        var port = FreePort.Next();
        var node = BalancerProcess.Attach(LaunchNode(id, mode, [("PORT", $"{port}"), .. settings]), port);
        lock (_nodes)
            _nodes.Add(node);
        if (mode != Master)
            await node.Process.WaitForLineAsync("Listening on");
        await Eventually.IsTrueAsync(
            async () =>
            {
                if (node.Process.HasExited)
                    throw new InvalidOperationException(
                        $"Node {id} ended: {node.Process.Output} {await node.Process.ReadErrorsAsync()}");
                return await Redis.CommandAsync("EXISTS", $"actorbalancer:node:{id}") == ":1";
            },
            $"node {id} to be a member");
        return node;
    }

    /// <summary>Starts a node without waiting for anything; the caller ends it.</summary>
    public ChildProcess LaunchNode(string id, string mode, params (string Name, string Value)[] settings) =>
        BalancerProcess.Launch(_folder, [], SettingsOf(id, mode, settings));

    /// <summary>Adds a worker inside the test's process, and lists it.</summary>
    public async Task<FakeWorker> AddFakeAsync(int slots = 10, bool isUp = true)
    {
        var worker = await FakeWorker.StartAsync(new FakeWorkerOptions
        {
            Slots = slots,
            AuthKey = BalancerProcess.WorkerKey,
            LbAuthKey = BalancerProcess.Key,
            Up = isUp,
        });
        Add(worker, new { url = worker.Url });
        return worker;
    }

    /// <summary>Adds a worker, and lists it with that entry.</summary>
    public void Add(FakeWorker worker, object entry)
    {
        _fakes.Add(worker);
        _listed.Add(entry);
        WriteWorkers();
    }

    /// <summary>Adds the sample worker as a process, and lists it.</summary>
    public async Task<HelloWorkerProcess> AddHelloAsync(int slots = 1)
    {
        var worker = await HelloWorkerProcess.StartAsync(
            _folder, $"worker-{_hellos.Count}.log", ("SLOTS", $"{slots}"));
        _hellos.Add(worker);
        _listed.Add(new { url = worker.Url });
        WriteWorkers();
        return worker;
    }

    /// <summary>Waits until a node with an HTTP API says that all listed workers take tasks.</summary>
    public async Task WaitForWorkersAsync(BalancerProcess api, int? count = null)
    {
        var wanted = count ?? _listed.Count;
        var seen = "";
        await Eventually.IsTrueAsync(
            async () =>
            {
                var answer = await api.GetAsync("/health");
                seen = answer.Text;
                return answer.Status == 200 && answer.Json.GetProperty("workers").EnumerateArray()
                    .Count(static worker => worker.GetProperty("status").ValueEquals("ready")) >= wanted;
            },
            $"{wanted} ready workers", () => seen);
    }

    /// <summary>Ends a node in good order.</summary>
    /// <returns>Its exit code.</returns>
    public static Task<int> StopAsync(BalancerProcess node)
    {
        node.Process.Signal("TERM");
        return node.Process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
        foreach (var worker in _hellos)
            await worker.DisposeAsync();
        foreach (var worker in _fakes)
            await worker.DisposeAsync();
        await Redis.DisposeAsync();
        _folder.Dispose();
    }

    private (string Name, string Value)[] SettingsOf(
        string id, string mode, (string Name, string Value)[] settings) =>
    [
        ("STORE", "redis"), ("REDIS_URL", $"redis://{Redis.Address}"), ("NODE_ID", id), ("MODE", mode),
        ("LEASE_TIME", $"{Lease.TotalMilliseconds}"), ("LB_AUTH_KEY", BalancerProcess.Key),
        ("WORKERS_FILE", WorkersFile), ("DATA_DIR", _folder.Combine($"data-{id}")),
        ("WORKER_DISCOVERY_INTERVAL", "250"), ("WEBHOOK_ALLOW_PRIVATE", "true"), ("WEBHOOK_RETRY_DELAY", "20"),
        .. _settings, .. settings,
    ];

    // A reader sees the old file or the new one.
    private void WriteWorkers()
    {
        var next = WorkersFile + ".next";
        File.WriteAllText(next, JsonSerializer.Serialize(_listed));
        File.Move(next, WorkersFile, overwrite: true);
    }
}
