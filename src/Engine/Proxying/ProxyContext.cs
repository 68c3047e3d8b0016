using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine.Proxying;

/// <summary>What every actor of the proxy is given. Its parts are thread-safe.</summary>
internal sealed class ProxyContext(TimeProvider time, ILogger logger, ProxySeams seams)
{
    private volatile IReadOnlyList<ProxyPool> _pools = [];

    public TimeProvider Time => time;

    public ILogger Logger => logger;

    public ProxySeams Seams => seams;

    /// <summary>Chance of the checks' times.</summary>
    public JitterSource Chance { get; } = new(seams.Seed);

    /// <summary>The pools of the configuration; written by the supervisor.</summary>
    public IReadOnlyList<ProxyPool> Pools
    {
        get => _pools;
        set => _pools = value;
    }

    /// <summary>Where the chance of a new strategy begins.</summary>
    public ulong NextSeed() => (ulong)(seams.Seed ?? time.GetTimestamp());
}
