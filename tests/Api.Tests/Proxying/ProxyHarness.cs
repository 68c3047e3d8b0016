using System.Net;
using ActorBalancer.Actors;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Proxying;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Api.Tests.Proxying;

/// <summary>A proxy on free ports of loopback whose backends are always well, though nobody is there.</summary>
internal sealed class ProxyHarness : IAsyncDisposable
{
    public const string Key = "the-Balancer-Key-7f3a";

    private readonly ActorSystem _system;

    public ProxyHarness(TimeProvider? time = null, bool hasKey = true)
    {
        time ??= TimeProvider.System;
        _system = new ActorSystem("proxy-test", new ActorSystemOptions { Time = time });
        var logger = Log.CreateLogger("Proxy");
        Engine = new ProxyEngine(_system, time, logger);
        Host = new ProxyHost(
            Engine,
            hasKey ? KeyGuard.Create(Key, 3, time, logger) : null,
            TimeSpan.FromSeconds(20),
            Log,
            time);
    }

    public CollectedLog Log { get; } = new();

    public ProxyEngine Engine { get; }

    public ProxyHost Host { get; }

    /// <summary>Options of a listener on a free port of loopback.</summary>
    public static ListenerOptions Loopback { get; } = new() { Port = 0, Address = IPAddress.Loopback };

    public static PoolOptions Pool(
        string name, ListenerOptions? listener = null, params BackendOptions[] backends)
    {
        return new PoolOptions
        {
            Name = name,
            Listener = listener ?? Loopback,
            Backends = backends.Length > 0 ? backends : [Backend("1")],
        };
    }

    public static BackendOptions Backend(string id, string url = "http://127.0.0.1:9") => new()
    {
        Id = id,
        Url = new Uri(url),
        Health = new HealthOptions { Check = static (_, _) => new(true) },
    };

    public Task ApplyAsync(params PoolOptions[] pools) =>
        Host.ApplyAsync(new ProxyOptions { Pools = pools }, CancellationToken.None);

    /// <summary>Where a pool listens.</summary>
    public Uri UrlOf(string pool) => new(Host.Listeners
        .Single(listener => listener.Pools.Any(one => one.Options.Name == pool)).Urls.Single());

    /// <summary>A connection to a pool's listener on which a test writes the bytes itself.</summary>
    public Task<RawConnection> ConnectAsync(string pool) =>
        RawConnection.OpenAsync(new IPEndPoint(IPAddress.Loopback, UrlOf(pool).Port));

    /// <summary>Calls a pool's listener.</summary>
    public async Task<EdgeAnswer> CallAsync(
        string pool, string method, string path, params (string Name, string Value)[] headers)
    {
        using var connection = await ConnectAsync(pool);
        await connection.SendAsync($"{method} {path} HTTP/1.1\r\n"
            + (headers.Any(static header => header.Name == "Host") ? "" : "Host: any.test\r\n")
            + string.Concat(headers.Select(static header => $"{header.Name}: {header.Value}\r\n")) + "\r\n");
        return await connection.ReadAsync(method != "HEAD");
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Engine.DisposeAsync();
        await _system.TerminateAsync();
        await _system.DisposeAsync();
    }
}
