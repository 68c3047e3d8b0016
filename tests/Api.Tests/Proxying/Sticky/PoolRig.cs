using ActorBalancer.Actors;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Engine.Routing;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorBalancer.Api.Tests.Proxying.Sticky;

/// <summary>A pool of backends that nobody connects to; its checks are always good.</summary>
internal sealed class PoolRig : IAsyncDisposable
{
    private readonly ActorSystem _system = new("pool-rig");
    private readonly ProxyEngine _engine;

    private PoolRig() => _engine = new ProxyEngine(_system, TimeProvider.System, NullLogger.Instance);

    public ProxyPool Pool => _engine.Pools[0];

    public static async Task<PoolRig> StartAsync(
        string name = "web", string strategy = RoutingStrategies.RoundRobin, params string[] ids)
    {
        var rig = new PoolRig();
        await rig.ApplyAsync(name, strategy, ids.Length == 0 ? ["1", "2", "3"] : ids);
        return rig;
    }

    public async Task ApplyAsync(string name, string strategy, params string[] ids) => await _engine.ApplyAsync(
        new ProxyOptions { Pools = [OptionsOf(name, strategy, ids)] }, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        await _system.DisposeAsync();
    }

    public static PoolOptions OptionsOf(string name, string strategy, params string[] ids) => new()
    {
        Name = name,
        Listener = new ListenerOptions { Port = 0 },
        Strategy = strategy,
        Backends =
        [
            .. ids.Select(id => new BackendOptions
            {
                Id = id,
                Url = new Uri("http://127.0.0.1:9/"),
                Health = new HealthOptions { Check = static (_, _) => new ValueTask<bool>(true) },
            }),
        ],
    };
}
