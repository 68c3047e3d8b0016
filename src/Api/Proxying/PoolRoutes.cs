using System.Collections.Frozen;

namespace ActorBalancer.Api.Proxying;

/// <summary>Which pool of a listener a request belongs to. Immutable; a look allocates nothing.</summary>
internal sealed class PoolRoutes
{
    // Longest name of the DNS; a longer one matches no name, and costs no search through all its dots.
    private const int HostLengthMax = 253;

    private readonly PoolRoute? _only;
    private readonly FrozenDictionary<string, PathRoutes>.AlternateLookup<ReadOnlySpan<char>> _exact;
    private readonly FrozenDictionary<string, PathRoutes>.AlternateLookup<ReadOnlySpan<char>> _below;
    private readonly bool _hasBelow;
    private readonly PathRoutes? _others;

    /// <summary>Works the tables out.</summary>
    /// <param name="routes">The pools of the listener, in the order of the configuration; of two with the same host
    /// and path the first prevails.</param>
    public PoolRoutes(IReadOnlyList<PoolRoute> routes)
    {
        All = routes;
        if (routes is [{ Options: { Hosts.Count: 0, Paths.Count: 0 } } only])
            _only = only;
        var hosts = routes
            .SelectMany(route => route.Options.Hosts.Select(host => (Host: host, Route: route)))
            .ToLookup(pair => pair.Host, pair => pair.Route, StringComparer.OrdinalIgnoreCase);
        var below = ToTable(hosts.Where(host => IsWildcard(host.Key)), "*.".Length);
        _exact = ToTable(hosts.Where(host => !IsWildcard(host.Key)), 0)
            .GetAlternateLookup<ReadOnlySpan<char>>();
        _below = below.GetAlternateLookup<ReadOnlySpan<char>>();
        _hasBelow = below.Count > 0;
        var others = routes.Where(route => route.Options.Hosts.Count == 0).ToList();
        _others = others.Count > 0 ? new PathRoutes(others) : null;
    }

    /// <summary>All pools of the listener, in the order of the configuration.</summary>
    public IReadOnlyList<PoolRoute> All { get; }

    /// <summary>The pool of the most exact host name, and there of the longest path; null when there is none. A path
    /// that some servers read as one of another pool (<c>//admin</c>, <c>/x/..%2fadmin</c>) belongs to none.</summary>
    /// <param name="host">The request's host, without port.</param>
    /// <param name="path">The request's path as it came.</param>
    public PoolRoute? Find(ReadOnlySpan<char> host, ReadOnlySpan<char> path) =>
        _only ?? FindByHost(host)?.Find(path);

    private static bool IsWildcard(string host) => host.StartsWith("*.", StringComparison.Ordinal);

    private static FrozenDictionary<string, PathRoutes> ToTable(
        IEnumerable<IGrouping<string, PoolRoute>> hosts, int skipped) =>
        hosts.ToFrozenDictionary(
            host => host.Key[skipped..], host => new PathRoutes([.. host]), StringComparer.OrdinalIgnoreCase);

    private PathRoutes? FindByHost(ReadOnlySpan<char> host)
    {
        if (host.Length > HostLengthMax)
            return _others;
        if (_exact.TryGetValue(host, out var found))
            return found;
        while (_hasBelow)
        {
            var dot = host.IndexOf('.');
            if (dot < 0)
                break;
            host = host[(dot + 1)..];
            if (_below.TryGetValue(host, out found))
                return found;
        }

        return _others;
    }
}
