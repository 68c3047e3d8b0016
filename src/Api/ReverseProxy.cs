using ActorBalancer.Actors;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Proxying;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Engine.Webhooks;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorBalancer.Api;

/// <summary>
/// The sticky reverse proxy inside a program of your own. Health checks of your own come in through
/// <see cref="HealthOptions.Check"/>. Any thread; disposed by who started it.
/// </summary>
/// <example><code>
/// await using var proxy = await ReverseProxy.StartAsync(new ProxyOptions { Pools = [...] });
/// </code></example>
public sealed class ReverseProxy : IAsyncDisposable
{
    private const int WrongKeysPerMinuteMax = 100;

    /// <summary>How long requests may take to end when a listener or the proxy stops. Source: as the balancer's own
    /// DRAIN_TIMEOUT.</summary>
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(30);

    private readonly ActorSystem _system;
    private readonly ProxyRuntime _runtime;

    private ReverseProxy(ActorSystem system, ProxyRuntime runtime)
    {
        _system = system;
        _runtime = runtime;
    }

    /// <summary>The addresses that it listens on, in the order of the pools.</summary>
    public IReadOnlyList<string> Urls => _runtime.Urls;

    /// <summary>How every pool stands now, in the order of the options.</summary>
    public IReadOnlyList<PoolStatus> Status => [.. _runtime.Engine.Pools.Select(static pool => pool.Status())];

    /// <summary>Checks every backend once, then listens.</summary>
    /// <param name="options">The pools; at least one makes sense.</param>
    /// <param name="key">What operations such as <c>POST /_lb/backends/{id}/drain</c> demand as
    /// <c>Authorization: Bearer KEY</c>; null shuts them. Visible ASCII.</param>
    /// <param name="loggers">Where it logs; null: nowhere. Not disposed.</param>
    /// <param name="time">The clock; null: the system's.</param>
    /// <param name="cancellationToken">Breaks the start off.</param>
    /// <exception cref="ArgumentException">The options are wrong, or the key; the message has a sentence for each
    /// fault.</exception>
    /// <exception cref="IOException">A listener cannot be opened; the message names pool and port. Nothing runs then.
    /// </exception>
    public static async Task<ReverseProxy> StartAsync(
        ProxyOptions options,
        string? key = null,
        ILoggerFactory? loggers = null,
        TimeProvider? time = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ProxyOptionsRules.Check(options);
        time ??= TimeProvider.System;
        loggers ??= NullLoggerFactory.Instance;
        var keys = key is null
            ? null
            : KeyGuard.Create(key, WrongKeysPerMinuteMax, time, loggers.CreateLogger(ProxyLog.Category));
        var system = new ActorSystem("proxy", new ActorSystemOptions { Time = time });
        var runtime = new ProxyRuntime(system, new WebhookOptions(), keys, DrainTimeout, loggers, time);
        var proxy = new ReverseProxy(system, runtime);
        try
        {
            await runtime.ApplyAsync(options, cancellationToken);
            return proxy;
        }
        catch
        {
            await proxy.DisposeAsync();
            throw;
        }
    }

    /// <summary>Changes the pools. What is the same goes on: no connection, session or health state of it is lost.
    /// </summary>
    /// <exception cref="ArgumentException">The options are wrong; all stays as it was.</exception>
    /// <exception cref="IOException">A listener cannot be opened; the others are as the options say.</exception>
    /// <exception cref="ObjectDisposedException">The proxy is stopped.</exception>
    public Task ApplyAsync(ProxyOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ProxyOptionsRules.Check(options);
        return _runtime.ApplyAsync(options, cancellationToken);
    }

    /// <summary>Takes no more connections, lets requests end (at most 30 s) and closes WebSockets with 1001.</summary>
    /// <param name="cancellationToken">Breaks off what still runs.</param>
    public Task StopAsync(CancellationToken cancellationToken = default) => _runtime.StopAsync(cancellationToken);

    /// <summary>Breaks off what still runs and frees everything; call <see cref="StopAsync"/> first for an orderly
    /// end.</summary>
    public async ValueTask DisposeAsync()
    {
        await _runtime.DisposeAsync();
        await _system.TerminateAsync();
        await _system.DisposeAsync();
    }
}
