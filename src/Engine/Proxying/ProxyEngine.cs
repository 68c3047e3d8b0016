using ActorBalancer.Actors;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Engine.Telemetry;
using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine.Proxying;

/// <summary>All pools of a proxy and the actors behind them: <c>proxy/&lt;pool&gt;/&lt;backend&gt;</c>. Thread-safe.
/// </summary>
public sealed class ProxyEngine : IAsyncDisposable
{
    private readonly ActorSystem _system;
    private readonly ProxyContext _context;
    private readonly ProxyMetrics _metrics;
    private readonly ActorRef<ProxyMessage> _actor;

    /// <summary>Makes a proxy without pools.</summary>
    /// <param name="system">Where its actors live; one proxy a system at a time.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where it tells of changes.</param>
    public ProxyEngine(ActorSystem system, TimeProvider time, ILogger logger)
        : this(system, time, logger, ProxySeams.None)
    {
    }

    internal ProxyEngine(ActorSystem system, TimeProvider time, ILogger logger, ProxySeams seams)
    {
        ArgumentNullException.ThrowIfNull(system);
        _system = system;
        _context = new ProxyContext(time, logger, seams);
        _metrics = new ProxyMetrics(_context, system);
        _actor = system.Spawn(Props.Create(() => new ProxyActor(_context)), "proxy");
    }

    /// <summary>The pools, in the order of the configuration.</summary>
    public IReadOnlyList<ProxyPool> Pools => _context.Pools;

    /// <summary>How long the backends took to answer, by pool and backend.</summary>
    public LatencyFamily Latencies => _metrics.Latencies;

    /// <summary>The pool of a name; null when there is none.</summary>
    public ProxyPool? Find(string name) => Pools.FirstOrDefault(pool => pool.Name == name);

    /// <summary>Makes the pools be as the options say. What is the same (by name of the pool and identity and address
    /// of the backend) keeps its connections, counts and health; removed backends drain. One call at a time.</summary>
    /// <param name="options">What is wanted, checked before.</param>
    /// <param name="cancellationToken">Ends the wait; what was begun goes on.</param>
    /// <returns>Ends when each new backend has had its first check.</returns>
    /// <exception cref="ArgumentException">A pool names a strategy that there is not.</exception>
    public async ValueTask ApplyAsync(ProxyOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var applied = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        ObjectDisposedException.ThrowIf(!_actor.TryTell(new ApplyProxy(options, applied)), this);
        var checks = await applied.Task.WaitAsync(cancellationToken);
        await checks.WaitAsync(cancellationToken);
    }

    /// <summary>Stops checks and gives all connections up.</summary>
    public async ValueTask DisposeAsync()
    {
        _metrics.Dispose();
        await _system.StopAsync(_actor);
        _context.Pools = [];
    }
}
