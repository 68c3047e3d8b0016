using ActorBalancer.Api.Configuration.Proxy;
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
    /// <exception cref="PartlyAppliedException">Listeners or access logs could not be opened; the message names pool
    /// and port or file of each. All others are as the options say, and pools whose new listener could not be opened go
    /// on at the one that they had.</exception>
    /// <exception cref="ObjectDisposedException">The proxy is stopped.</exception>
    public async Task ApplyAsync(ProxyOptions options, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_isStopped, this);
            await engine.ApplyAsync(options, cancellationToken);
            var errors = await ChangeListenersAsync(options);
            if (errors.Count > 0)
                throw new PartlyAppliedException(errors);
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

    private async Task<List<string>> ChangeListenersAsync(ProxyOptions options)
    {
        var errors = new List<string>();
        var change = new ListenerChange(
            _listeners,
            listener => new ProxyListener(listener, _control, loggers, time),
            (pool, listener) => RouteOf(pool, listener, errors),
            Announce,
            Retire);
        _listeners = await change.RunAsync(options.Pools);
        foreach (var error in change.Errors)
            Note(errors, error);
        await _logs.KeepAsync(_listeners.SelectMany(static listener => listener.Pools));
        return errors;
    }

    private void Announce(ProxyListener listener)
    {
        foreach (var pool in listener.Pools)
            ProxyLog.Listening(_log, pool.Options.Name, string.Join(", ", listener.Urls));
    }

    // A pool that goes on elsewhere than it wants has its route made twice.
    private void Note(List<string> errors, string error)
    {
        if (errors.Contains(error))
            return;
        ProxyLog.Failed(_log, error);
        errors.Add(error);
    }

    // The listener may be another than the pool wants: whom to believe is a matter of where a request came in.
    private PoolRoute RouteOf(PoolOptions options, ListenerOptions listener, List<string> errors)
    {
        var pool = engine.Find(options.Name)
            ?? throw new InvalidOperationException($"The engine has no pool '{options.Name}'.");
        return new PoolRoute
        {
            Pool = pool,
            Options = options with { Listener = listener },
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
