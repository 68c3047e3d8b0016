using ActorBalancer.Actors;
using ActorBalancer.Api.Configuration;
using ActorBalancer.Api.Configuration.Proxy;
using ActorBalancer.Api.Proxying;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Engine.Webhooks;

namespace ActorBalancer.Api.Hosting;

/// <summary>The proxy of a balancer, and its alerts, as its files say and change. Nothing of it is there before they
/// name a pool, or, in a cluster, a webhook for alerts. A node that serves nobody has alerts alone.
/// Started, stopped and disposed by one owner.</summary>
/// <param name="settings">All settings.</param>
/// <param name="key">The balancer's key.</param>
/// <param name="system">Where its actors live.</param>
/// <param name="webhooks">How alerts go to webhooks.</param>
/// <param name="loggers">Where it logs.</param>
/// <param name="time">The clock.</param>
internal sealed class BalancerProxy(
    BalancerSettings settings,
    string key,
    ActorSystem system,
    WebhookOptions webhooks,
    ILoggerFactory loggers,
    TimeProvider time) : IAsyncDisposable
{
    private readonly ProxyConfigWatcher _files = new(
        settings.Proxy, key, time, loggers.CreateLogger(ProxyLog.Category), system.EventStream);

    // Made at the start or by the watcher, which makes one change at a time.
    private ProxyRuntime? _runtime;

    /// <summary>Its pools; null before it has any.</summary>
    public ProxyEngine? Engine => _runtime?.Engine;

    /// <summary>The addresses that it listens on.</summary>
    public IReadOnlyList<string> Urls => _runtime?.Urls ?? [];

    /// <summary>Reads the files, checks every backend once, listens, and follows the files from then on.</summary>
    /// <exception cref="IOException">The files are wrong, or a listener cannot be opened.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await ApplyAsync(await _files.LoadAsync(cancellationToken), cancellationToken);
        _files.Start(ApplyAsync);
    }

    /// <summary>Follows the files no more, takes no more connections and lets requests end.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _files.DisposeAsync();
        if (_runtime is not null)
            await _runtime.StopAsync(cancellationToken);
    }

    /// <summary>Breaks off what still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        await _files.DisposeAsync();
        if (_runtime is not null)
            await _runtime.DisposeAsync();
    }

    private async ValueTask ApplyAsync(ProxyOptions options, CancellationToken cancellationToken)
    {
        if (settings.Role == NodeRole.Master)
            options = options with { Pools = [] };
        var hasAlerts = settings.Store == StoreKind.Redis && options.Alerts.Webhooks.Count > 0;
        if (_runtime is null && options.Pools.Count == 0 && !hasAlerts)
            return;
        _runtime ??= new ProxyRuntime(
            system,
            webhooks,
            KeyGuard.Create(
                key, settings.AuthFailuresPerMinuteMax, time, loggers.CreateLogger(ProxyLog.Category)),
            settings.DrainTimeout,
            loggers,
            time);
        await _runtime.ApplyAsync(options, cancellationToken);
    }
}
