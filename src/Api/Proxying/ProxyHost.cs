using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Proxying.Access;
using ActorBalancer.Api.Proxying.Control;
using ActorBalancer.Api.Proxying.Sticky;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Api.Proxying;

/// <summary>
/// The listeners of the proxy, kept as the configuration says. What is the same goes on without a connection lost. Any
/// thread; changes are made one after the other.
/// </summary>
/// <param name="engine">The pools. Not disposed here.</param>
/// <param name="keys">Guards the operations below <c>/_lb</c>; null shuts them.</param>
/// <param name="drainTimeout">How long the requests of a listener that goes may take to end.</param>
/// <param name="loggers">Where it logs.</param>
/// <param name="time">The clock.</param>
internal sealed class ProxyHost(
    ProxyEngine engine, KeyGuard? keys, TimeSpan drainTimeout, ILoggerFactory loggers, TimeProvider time)
    : IAsyncDisposable
{
    private readonly ILogger _log = loggers.CreateLogger(ProxyLog.Category);
    private readonly ControlPlane _control = new(keys, time, loggers.CreateLogger(ProxyLog.Category));
    private readonly SemaphoreSlim _turn = new(1, 1);

    // Changed by who has the turn.
    private readonly PoolAccessLogs _logs = new(time);
    private readonly List<Task> _leaving = [];
    private volatile IReadOnlyList<ProxyListener> _listeners = [];
    private bool _isStopped;

    /// <summary>The addresses that are listened on, in the order of the configuration.</summary>
    public IReadOnlyList<string> Urls => [.. _listeners.SelectMany(static listener => listener.Urls)];

    /// <summary>The listeners now.</summary>
    internal IReadOnlyList<ProxyListener> Listeners => _listeners;

    /// <summary>Makes pools and listeners be as the options say: pools first, so that each backend has had a check
    /// before the first request; then listeners by what differs.</summary>
    /// <exception cref="IOException">Listeners or access logs could not be opened; the message names pool and port or
    /// file of each. All others are as the options say.</exception>
    /// <exception cref="ObjectDisposedException">The proxy is stopped.</exception>
    public async Task ApplyAsync(ProxyOptions options, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_isStopped, this);
            await engine.ApplyAsync(options, cancellationToken);
            var errors = await ChangeListenersAsync(options, cancellationToken);
            if (errors.Count > 0)
                throw new IOException(string.Join(' ', errors));
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Takes no more connections, lets requests end and closes tunnels with 1001. May be called again.</summary>
    /// <param name="cancellationToken">Breaks off what still runs, as the drain time-out does.</param>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            _isStopped = true;
            var listeners = _listeners;
            _listeners = [];
            await Task.WhenAll([.. _leaving, .. listeners.Select(one => StopAsync(one, cancellationToken))]);
            _leaving.Clear();
            await _logs.DisposeAsync();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Breaks off what still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(new CancellationToken(canceled: true));
        _turn.Dispose();
    }

    private async Task<List<string>> ChangeListenersAsync(ProxyOptions options, CancellationToken cancellationToken)
    {
        var errors = new List<string>();
        var old = _listeners.ToList();
        var kept = new List<ProxyListener>();
        var made = new List<(ProxyListener Listener, IReadOnlyList<PoolOptions> Pools)>();
        foreach (var group in options.Pools.GroupBy(static pool => pool.Listener))
        {
            var pools = group.ToList();
            var same = old.Find(one => one.Options == group.Key);
            if (same is null && TryMake(group.Key, pools, errors) is { } listener)
            {
                listener.Use(RoutesOf(pools, errors));
                made.Add((listener, pools));
                continue;
            }

            // One whose successor cannot be made stays, so that its clients are served.
            same ??= old.Find(one => SharesPort(one.Options, group.Key));
            if (same is null)
                continue;
            same.Use(RoutesOf(pools, errors));
            old.Remove(same);
            kept.Add(same);
        }

        foreach (var (listener, pools) in made)
        {
            // The port must be free first; requests that run on the old one go on meanwhile.
            foreach (var before in old.FindAll(one => SharesPort(one.Options, listener.Options)))
            {
                old.Remove(before);
                Retire(before);
                await before.Unbound;
            }

            if (await TryStartAsync(listener, pools, errors, cancellationToken))
                kept.Add(listener);
        }

        _listeners = [.. options.Pools.Select(static pool => pool.Listener).Distinct()
            .Select(wanted => kept.Find(one => one.Options == wanted)).OfType<ProxyListener>().Union(kept)];
        old.ForEach(Retire);
        await _logs.KeepAsync(_listeners.SelectMany(static listener => listener.Pools));
        return errors;
    }

    private static bool SharesPort(ListenerOptions one, ListenerOptions other) =>
        one.Port == other.Port && one.Port != 0
        && (one.Address is null || other.Address is null || one.Address.Equals(other.Address));

    private ProxyListener? TryMake(ListenerOptions options, IReadOnlyList<PoolOptions> pools, List<string> errors)
    {
        try
        {
            return new ProxyListener(options, _control, loggers, time);
        }
        catch (IOException exception)
        {
            Note(errors, options, pools, exception);
            return null;
        }
    }

    private async Task<bool> TryStartAsync(
        ProxyListener listener,
        IReadOnlyList<PoolOptions> pools,
        List<string> errors,
        CancellationToken cancellationToken)
    {
        try
        {
            await listener.StartAsync(cancellationToken);
            foreach (var pool in pools)
                ProxyLog.Listening(_log, pool.Name, string.Join(", ", listener.Urls));
            return true;
        }
        catch (IOException exception)
        {
            Note(errors, listener.Options, pools, exception);
            await listener.DisposeAsync();
            return false;
        }
    }

    private void Note(
        List<string> errors, ListenerOptions options, IReadOnlyList<PoolOptions> pools, IOException exception)
    {
        var names = string.Join(", ", pools.Select(static pool => $"'{pool.Name}'"));
        Note(errors, $"Proxy pool {names} cannot listen on port {options.Port}: {exception.Message}");
    }

    private void Note(List<string> errors, string error)
    {
        ProxyLog.Failed(_log, error);
        errors.Add(error);
    }

    private PoolRoutes RoutesOf(IReadOnlyList<PoolOptions> pools, List<string> errors) =>
        new([.. pools.Select(pool => RouteOf(pool, errors))]);

    private PoolRoute RouteOf(PoolOptions options, List<string> errors)
    {
        var pool = engine.Find(options.Name)
            ?? throw new InvalidOperationException($"The engine has no pool '{options.Name}'.");
        return new PoolRoute
        {
            Pool = pool,
            Options = options,
            Sticky = new StickyClients(pool, options.Sticky),
            Log = OpenLog(options, errors),
        };
    }

    private AccessLog? OpenLog(PoolOptions options, List<string> errors)
    {
        try
        {
            return _logs.Open(options);
        }
        catch (IOException exception)
        {
            Note(errors, $"Proxy pool '{options.Name}': {exception.Message}");
            return null;
        }
    }

    private void Retire(ProxyListener listener)
    {
        ProxyLog.Closing(_log, string.Join(", ", listener.Urls));
        _leaving.RemoveAll(static one => one.IsCompleted);
        _leaving.Add(StopAsync(listener, CancellationToken.None));
    }

    private async Task StopAsync(ProxyListener listener, CancellationToken cancellationToken)
    {
        try
        {
            using var patience = new CancellationTokenSource(drainTimeout, time);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            await listener.StopAsync(end.Token);
            await listener.DisposeAsync();
        }
        catch (Exception exception)
        {
            ProxyLog.StopFailed(_log, exception);
        }
    }
}
