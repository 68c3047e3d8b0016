using System.Net;
using ActorBalancer.Actors;
using ActorBalancer.Api.Proxying;
using ActorBalancer.Api.Proxying.Control;
using ActorBalancer.Api.Proxying.Sticky;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Options;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;

namespace ActorBalancer.Api.Tests.Proxying.Forwarding;

/// <summary>A listener on a free port of loopback with one pool behind it.</summary>
internal sealed class ProxyHarness : IAsyncDisposable
{
    private readonly ActorSystem _system;
    private readonly ProxyEngine _engine;
    private readonly ProxyListener _listener;

    private ProxyHarness(ActorSystem system, ProxyEngine engine, ProxyListener listener, CollectedLog log)
    {
        _system = system;
        _engine = engine;
        _listener = listener;
        Log = log;
        Url = new Uri(listener.Urls.Single());
    }

    public Uri Url { get; }

    public CollectedLog Log { get; }

    public ProxyPool Pool => _engine.Pools.Single();

    /// <summary>Requests that run, over all backends.</summary>
    public int Active => Pool.Backends.Sum(backend => backend.ActiveCount);

    public static Task<ProxyHarness> StartAsync(params RawBackend[] backends) =>
        StartAsync(null, [.. backends.Select(backend => backend.Url)]);

    public static Task<ProxyHarness> StartAsync(
        Func<PoolOptions, PoolOptions>? change, params RawBackend[] backends) =>
        StartAsync(change, [.. backends.Select(backend => backend.Url)]);

    public static async Task<ProxyHarness> StartAsync(Func<PoolOptions, PoolOptions>? change, params Uri[] backends)
    {
        var options = new PoolOptions
        {
            Name = "web",
            Listener = new ListenerOptions { Port = 0, Address = IPAddress.Loopback },
            Sticky = new StickyOptions { Kind = StickyKind.None },
            Backends = [.. backends.Select((url, index) => new BackendOptions
            {
                Id = $"b{index + 1}",
                Url = url,
                Health = new HealthOptions { Check = static (_, _) => new ValueTask<bool>(true) },
            })],
        };
        options = change?.Invoke(options) ?? options;
        var system = new ActorSystem("proxy");
        var engine = new ProxyEngine(system, TimeProvider.System, NullLogger.Instance);
        await engine.ApplyAsync(new ProxyOptions { Pools = [options] }, CancellationToken.None);
        var pool = engine.Pools.Single();
        var route = new PoolRoute
        {
            Pool = pool,
            Options = options,
            Sticky = new StickyClients(pool, options.Sticky),
        };
        var log = new CollectedLog();
        var control = new ControlPlane(null, TimeProvider.System, NullLogger.Instance);
        var listener = new ProxyListener(options.Listener, control, log, TimeProvider.System);
        listener.Use(new PoolRoutes([route]));
        await listener.StartAsync(CancellationToken.None);
        return new ProxyHarness(system, engine, listener, log);
    }

    public Task<RawClient> ConnectAsync() => RawClient.OpenAsync(Url);

    /// <summary>One request on a connection of its own.</summary>
    public async Task<RawAnswer> AskAsync(string request)
    {
        using var client = await ConnectAsync();
        return await client.AskAsync(request);
    }

    /// <summary>Waits until every request is counted out.</summary>
    public async Task DrainedAsync()
    {
        await _listener.StopAsync(CancellationToken.None);
        Active.ShouldBe(0);
    }

    /// <summary>Stops without waiting for requests.</summary>
    public Task StopAtOnceAsync() => _listener.StopAsync(new CancellationToken(canceled: true));

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        await _engine.DisposeAsync();
        await _system.DisposeAsync();
    }
}
