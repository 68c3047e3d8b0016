using ActorBalancer.Actors;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Engine.Alerts;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Engine.Webhooks;

namespace ActorBalancer.Api.Proxying;

/// <summary>A whole proxy over an actor system: alerts, pools, listeners. One a system. Any thread.</summary>
internal sealed class ProxyRuntime : IAsyncDisposable
{
    private readonly AlertCenter _alerts;
    private readonly ProxyHost _host;

    /// <summary>Makes a proxy without pools.</summary>
    /// <param name="system">Where its actors live. Not disposed here.</param>
    /// <param name="webhooks">Secrets and time-out of alerts that go to webhooks.</param>
    /// <param name="keys">Guards the operations below <c>/_lb</c>; null shuts them.</param>
    /// <param name="drainTimeout">How long requests may take to end at a stop.</param>
    /// <param name="loggers">Where it logs.</param>
    /// <param name="time">The clock.</param>
    public ProxyRuntime(
        ActorSystem system,
        WebhookOptions webhooks,
        KeyGuard? keys,
        TimeSpan drainTimeout,
        ILoggerFactory loggers,
        TimeProvider time)
    {
        var log = loggers.CreateLogger(ProxyLog.Category);
        Engine = new ProxyEngine(system, time, log);
        _alerts = new AlertCenter(
            system, new AlertOptions(), webhooks, log, name => Engine.Find(name)?.Status());
        _host = new ProxyHost(Engine, keys, drainTimeout, loggers, time);
    }

    /// <summary>The pools.</summary>
    public ProxyEngine Engine { get; }

    /// <summary>The addresses that are listened on, in the order of the configuration.</summary>
    public IReadOnlyList<string> Urls => _host.Urls;

    /// <summary>Makes everything be as the options say.</summary>
    /// <exception cref="IOException">Listeners could not be opened; all others are as the options say, and their pools
    /// go on at the listeners that they had.</exception>
    /// <exception cref="ObjectDisposedException">The proxy is stopped.</exception>
    public Task ApplyAsync(ProxyOptions options, CancellationToken cancellationToken)
    {
        // First, so that what the first checks find is told.
        _alerts.Apply(options.Alerts);
        return _host.ApplyAsync(options, cancellationToken);
    }

    /// <summary>Takes no more connections, lets requests end and closes tunnels with 1001.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _host.StopAsync(cancellationToken);

    /// <summary>Breaks off what still runs and ends all checks.</summary>
    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await Engine.DisposeAsync();
        await _alerts.DisposeAsync();
    }
}
