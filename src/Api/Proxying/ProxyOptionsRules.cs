using ActorBalancer.Api.Configuration;
using ActorBalancer.Api.Configuration.Proxy;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Engine.Routing;

namespace ActorBalancer.Api.Proxying;

/// <summary>Checks options that a program has made; those of files are checked where they are read.</summary>
internal static class ProxyOptionsRules
{
    /// <summary>Finds all faults.</summary>
    /// <exception cref="ArgumentException">There are some; the message has a sentence for each.</exception>
    public static void Check(ProxyOptions options)
    {
        var report = new SettingsReport();
        foreach (var pool in options.Pools)
            Check(pool, report);
        ProxyRules.Check(options.Pools, new EdgeAddress(0, []), report);
        if (report.Errors.Count > 0)
            throw new ArgumentException(string.Join(Environment.NewLine, report.Errors), nameof(options));
    }

    private static void Check(PoolOptions pool, SettingsReport report)
    {
        Require(
            ProxyKinds.IsPoolName(pool.Name), "Name", $"'{pool.Name}'", ProxyKinds.PoolName.Allowed);
        var port = pool.Listener.Port;
        Require(port is >= 0 and <= ushort.MaxValue, "Listener.Port", port, "0 to 65535");
        Require(pool.Backends.Count > 0, "Backends", "empty", "at least one backend");
        Require(
            RoutingStrategies.Names.Contains(pool.Strategy),
            "Strategy",
            $"'{pool.Strategy}'",
            $"one of {string.Join(", ", RoutingStrategies.Names)}");
        foreach (var path in pool.Paths)
            Require(path.StartsWith('/'), "Paths", $"'{path}'", "paths that begin with a slash");
        foreach (var host in pool.Hosts)
            Require(IsHost(host), "Hosts", $"'{host}'", "names in lower case without port, or '*.' before one");
        CheckSticky(pool.Sticky);
        foreach (var backend in pool.Backends)
            CheckBackend(backend);
        foreach (var twice in pool.Backends.GroupBy(static one => one.Id).Where(static group => group.Count() > 1))
            Require(false, "Backends", $"'{twice.Key}' more than once", "backends with an id each");

        void CheckSticky(StickyOptions sticky)
        {
            if (sticky.Kind == StickyKind.SignedCookie)
            {
                Require(
                    sticky.Secrets.Count is > 0 and <= ProxyKinds.SecretsMax
                        && sticky.Secrets.All(static secret => secret.Length >= ProxyKinds.SecretBytesMin),
                    "Sticky.Secrets",
                    $"{sticky.Secrets.Count} secrets",
                    $"1 to {ProxyKinds.SecretsMax} secrets of at least {ProxyKinds.SecretBytesMin} bytes each");
            }

            if (sticky.Kind == StickyKind.Header)
                Require(sticky.HeaderName is { Length: > 0 }, "Sticky.HeaderName", "missing", "the name of a header");
        }

        void CheckBackend(BackendOptions backend)
        {
            Require(
                ProxyKinds.IsBackendId(backend.Id), "Backends.Id", $"'{backend.Id}'", ProxyKinds.BackendId.Allowed);
            Require(
                backend.Url.IsAbsoluteUri && backend.Url.Scheme is "http" or "https"
                    && backend.Url.UserInfo.Length == 0 && backend.Url.Query.Length == 0,
                $"Backends['{backend.Id}'].Url",
                $"'{backend.Url.OriginalString}'",
                "http or https with host and port, without user and query");
            Require(
                backend.Weight is > 0 and <= ProxyKinds.WeightMax,
                $"Backends['{backend.Id}'].Weight",
                backend.Weight,
                $"1 to {ProxyKinds.WeightMax}");
        }

        void Require(bool holds, string member, object found, string allowed)
        {
            if (!holds)
                report.Errors.Add($"Pool '{pool.Name}': {member} is {found} but must be {allowed}.");
        }
    }

    private static bool IsHost(string host)
    {
        var name = host.StartsWith("*.", StringComparison.Ordinal) ? host.AsSpan(2) : host;
        return name.Length > 0 && !name.ContainsAny(" /*:\\") && !name.ContainsAnyInRange('A', 'Z');
    }
}
