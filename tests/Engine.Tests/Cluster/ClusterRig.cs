using System.Diagnostics;
using ActorBalancer.Testing.Processes;

namespace ActorBalancer.Engine.Tests.Cluster;

/// <summary>A real Redis and the nodes of a test on it.</summary>
internal sealed class ClusterRig : IAsyncDisposable
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);

    private readonly SharedMemory _lives = new(TimeProvider.System);
    private readonly List<RigNode> _nodes = [];

    private ClusterRig(RedisServer redis) => Redis = redis;

    public RedisServer Redis { get; }

    public static async Task<ClusterRig> StartAsync() => new(await RedisServer.StartAsync());

    /// <summary>Makes a node; it is not started.</summary>
    public async Task<RigNode> AddAsync(string id, TimeSpan leaseTime, bool isEngine = true, string key = "key")
    {
        var node = await RigNode.MakeAsync(Redis, _lives.AddNode(id), leaseTime, isEngine, key);
        _nodes.Add(node);
        return node;
    }

    /// <summary>Makes and starts an engine that names workers.</summary>
    public async Task<RigNode> StartAsync(string id, TimeSpan leaseTime, params string[] urls)
    {
        var node = await AddAsync(id, leaseTime);
        await node.StartAsync(urls);
        return node;
    }

    /// <summary>Waits until something is so; nothing in Redis tells of it.</summary>
    /// <returns>How long that took.</returns>
    public static async Task<TimeSpan> UntilAsync(Func<bool> isSo, string what)
    {
        var began = Stopwatch.GetTimestamp();
        while (!isSo())
        {
            if (Stopwatch.GetElapsedTime(began) > Guard)
                throw new TimeoutException($"not so within {Guard.TotalSeconds:0} s: {what}");
            await Task.Delay(2);
        }

        return Stopwatch.GetElapsedTime(began);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
        await Redis.DisposeAsync();
    }
}
