using ActorBalancer.Api.Configuration.Proxy;
using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Api.Proxying;

/// <summary>
/// One change of the listeners, as a new configuration wants them. Used once, by one caller.
/// </summary>
/// <remarks>
/// C1: a pool whose new listener cannot be made or started goes on at the one that it had: that stays, or starts again
/// if it had given its port up for the new one. No other listener takes a port away from a pool that is left behind in
/// this way; so those that need no such port start first.
/// </remarks>
/// <param name="before">The listeners so far.</param>
/// <param name="make">Makes one; may throw an <see cref="IOException"/>.</param>
/// <param name="route">The route of a pool at a listener.</param>
/// <param name="started">Told of each that has started.</param>
/// <param name="retire">Begins the end of one that is not wanted any more.</param>
internal sealed class ListenerChange(
    IReadOnlyList<ProxyListener> before,
    Func<ListenerOptions, ProxyListener> make,
    Func<PoolOptions, ListenerOptions, PoolRoute> route,
    Action<ProxyListener> started,
    Action<ProxyListener> retire)
{
    // Whose pools are whose: taken before routes change.
    private readonly Dictionary<string, ProxyListener> _homes = before
        .SelectMany(static one => one.Pools.Select(pool => (pool.Options.Name, Listener: one)))
        .GroupBy(static pair => pair.Name)
        .ToDictionary(static group => group.Key, static group => group.First().Listener);

    private readonly List<ProxyListener> _old = [.. before];
    private readonly List<ProxyListener> _kept = [];

    // Those that gave up their port, and what started again in their place.
    private readonly Dictionary<ProxyListener, ProxyListener?> _freed = [];
    private readonly List<(ListenerOptions Options, IReadOnlyList<PoolOptions> Pools, string Reason)> _failed = [];
    private readonly List<string> _errors = [];

    /// <summary>What could not be done; each names pools and port, and says where the pools go on.</summary>
    public IReadOnlyList<string> Errors => _errors;

    /// <summary>Makes the change.</summary>
    /// <param name="pools">All pools of the new configuration.</param>
    /// <returns>The listeners from now on, in the order of the configuration.</returns>
    public async Task<IReadOnlyList<ProxyListener>> RunAsync(IReadOnlyList<PoolOptions> pools)
    {
        var made = new List<(ProxyListener Listener, IReadOnlyList<PoolOptions> Pools)>();
        foreach (var group in pools.GroupBy(static pool => pool.Listener))
        {
            var options = group.Key;
            if (_old.Find(one => one.Options == options) is { } same)
            {
                Keep(same, [.. group]);
                continue;
            }

            try
            {
                made.Add((make(options), [.. group]));
            }
            catch (IOException exception)
            {
                _failed.Add((options, [.. group], exception.Message));
            }
        }

        foreach (var (listener, its) in made.OrderBy(one => _old.Exists(old => SharesPort(old, one.Listener.Options))))
            await StartAsync(listener, its);
        foreach (var (options, its, reason) in _failed)
            await FallBackAsync(options, its, reason);
        _old.ForEach(retire);
        return [.. pools.Select(static pool => pool.Listener).Distinct()
            .Select(wanted => _kept.Find(one => one.Options == wanted)).OfType<ProxyListener>().Union(_kept)];
    }

    private static bool SharesPort(ProxyListener one, ListenerOptions other) =>
        one.Options.Port == other.Port && other.Port != 0 && ProxyRules.Overlap(one.Options.Address, other.Address);

    private static string Names(IEnumerable<PoolOptions> pools) =>
        string.Join(", ", pools.Select(static pool => $"'{pool.Name}'"));

    /// <summary>Where a pool was so far or, for a new one, who has the port that it wants; null for nobody.</summary>
    private ProxyListener? HomeOf(PoolOptions pool) => _homes.TryGetValue(pool.Name, out var home)
        ? home
        : before.FirstOrDefault(one => SharesPort(one, pool.Listener));

    private void Keep(ProxyListener listener, IEnumerable<PoolOptions> pools)
    {
        listener.Use(new PoolRoutes([.. pools.Select(pool => route(pool, listener.Options))]));
        _old.Remove(listener);
        _kept.Add(listener);
    }

    private async Task StartAsync(ProxyListener listener, IReadOnlyList<PoolOptions> pools)
    {
        // C1. The start then fails, for the port is taken.
        var reserved = _failed.SelectMany(static one => one.Pools).Select(HomeOf).ToHashSet();
        foreach (var old in _old.FindAll(one => SharesPort(one, listener.Options) && !reserved.Contains(one)))
        {
            // The port must be free first; requests that run on the old one go on meanwhile.
            _old.Remove(old);
            _freed.Add(old, null);
            retire(old);
            await old.Unbound;
        }

        if (await TryStartAsync(listener, pools) is { } reason)
            _failed.Add((listener.Options, pools, reason));
    }

    /// <returns>Null when it has started, otherwise why not; it is disposed then.</returns>
    private async Task<string?> TryStartAsync(ProxyListener listener, IReadOnlyList<PoolOptions> pools)
    {
        try
        {
            listener.Use(new PoolRoutes([.. pools.Select(pool => route(pool, listener.Options))]));

            // Half a change is worse than a late end.
            await listener.StartAsync(CancellationToken.None);
        }
        catch (Exception exception)
        {
            await listener.DisposeAsync();
            return exception.Message;
        }

        _kept.Add(listener);
        started(listener);
        return null;
    }

    private async Task FallBackAsync(ListenerOptions options, IReadOnlyList<PoolOptions> pools, string reason)
    {
        var error = $"Proxy pool {Names(pools)} cannot listen on port {options.Port}: {reason}";
        foreach (var group in pools.GroupBy(HomeOf))
        {
            if (group.Key is not { } home)
                continue;
            var (listener, trouble) = await GoOnAsync(home, [.. group]);
            error = error.TrimEnd('.') + (listener is null
                ? $". The listener of {Names(group)} has ended: {trouble}"
                : $". {Names(group)} goes on at {string.Join(", ", listener.Urls)}");
        }

        _errors.Add(error);
    }

    private async Task<(ProxyListener? Listener, string? Trouble)> GoOnAsync(
        ProxyListener home, IReadOnlyList<PoolOptions> pools)
    {
        if (_old.Contains(home))
        {
            Keep(home, pools);
            return (home, null);
        }

        if ((_freed.TryGetValue(home, out var again) ? again : home) is { } runs)
        {
            // Behind those that belong there by the new configuration.
            runs.Use(new PoolRoutes([.. runs.Pools, .. pools.Select(pool => route(pool, runs.Options))]));
            return (runs, null);
        }

        try
        {
            again = make(home.Options);
        }
        catch (IOException exception)
        {
            return (null, exception.Message);
        }

        if (await TryStartAsync(again, pools) is { } trouble)
            return (null, trouble);
        _freed[home] = again;
        return (again, null);
    }
}
