using System.Net;
using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Api.Configuration.Proxy;

/// <summary>Rules that concern more than one pool. Errors name both.</summary>
internal static class ProxyRules
{
    /// <summary>Applies all rules.</summary>
    /// <param name="pools">The pools.</param>
    /// <param name="edge">Where the balancer itself listens.</param>
    /// <param name="report">Takes what is wrong.</param>
    public static void Check(IReadOnlyList<PoolOptions> pools, EdgeAddress edge, SettingsReport report)
    {
        for (var index = 0; index < pools.Count; index++)
        {
            CheckEdge(pools[index], edge, report);
            for (var other = 0; other < index; other++)
                CheckPair(pools[other], pools[index], report);
        }
    }

    private static void CheckEdge(PoolOptions pool, EdgeAddress edge, SettingsReport report)
    {
        var listener = pool.Listener;
        if (listener.Port == 0 || listener.Port != edge.Port)
            return;
        if (edge.Addresses.Any(address => Overlap(listener.Address, address)))
        {
            report.Errors.Add($"Pool '{pool.Name}': port {listener.Port} is the balancer's own (PORT); "
                + "choose another for one of them");
        }
    }

    private static void CheckPair(PoolOptions one, PoolOptions other, SettingsReport report)
    {
        if (one.Name == other.Name)
        {
            report.Errors.Add($"Pool '{one.Name}' is there twice, in the file of PROXY_CONFIG and in proxy.pools; "
                + "give the one in proxy.pools another name");
            return;
        }

        var (first, second) = (one.Listener, other.Listener);

        // With port 0 the same settings mean one listener, and others a port of its own.
        if (first.Port == 0 && first != second)
            return;
        if (first.Port != second.Port || !Overlap(first.Address, second.Address))
            return;
        var both = $"Pools '{one.Name}' and '{other.Name}' both listen on port {first.Port}"
            + (first.Port == 0 ? ", which is one listener with the same settings," : "");
        if (!Equals(first.Address, second.Address))
        {
            report.Errors.Add($"{both}, one of them on every address; give both the same address, or other ports");
        }
        else if (first != second)
        {
            report.Errors.Add($"{both}, but {Difference(first, second)} differ; "
                + "pools that share a listener must have the same settings of it");
        }
        else if (SharedPlace(one, other) is { } place)
        {
            report.Errors.Add($"{both} and serve {place}; tell them apart by hosts or paths");
        }
    }

    /// <summary>Whether two listeners on one port are in each other's way. 0.0.0.0 and :: stand for every address, as
    /// null does.</summary>
    public static bool Overlap(IPAddress? one, IPAddress? other) =>
        IsAny(one) || IsAny(other) || one!.Equals(other);

    private static bool IsAny(IPAddress? address) =>
        address is null || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static string Difference(ListenerOptions one, ListenerOptions other)
    {
        var names = new List<string>();
        Compare("tls", one.Tls, other.Tls);
        Compare("http2", one.Http2, other.Http2);
        Compare("proxy-protocol", one.ProxyProtocol, other.ProxyProtocol);
        Compare("trusted-proxies", one.TrustedProxies, other.TrustedProxies);
        Compare("headers-timeout", one.HeadersTimeout, other.HeadersTimeout);
        Compare("keep-alive-timeout", one.KeepAliveTimeout, other.KeepAliveTimeout);
        Compare("bytes-per-second-min", one.BytesPerSecondMin, other.BytesPerSecondMin);
        Compare("header-bytes-max", one.HeaderBytesMax, other.HeaderBytesMax);
        Compare("connections-max", one.ConnectionsMax, other.ConnectionsMax);
        return string.Join(", ", names);

        void Compare<T>(string name, T left, T right)
        {
            if (!EqualityComparer<T>.Default.Equals(left, right))
                names.Add($"listen.{name}");
        }
    }

    private static string? SharedPlace(PoolOptions one, PoolOptions other)
    {
        foreach (var host in Or(one.Hosts, "*"))
        {
            if (!Or(other.Hosts, "*").Contains(host, StringComparer.Ordinal))
                continue;
            foreach (var path in Or(one.Paths, "/"))
            {
                if (Or(other.Paths, "/").Contains(path, StringComparer.Ordinal))
                    return $"host {(host == "*" ? "'*' (every other)" : $"'{host}'")}, path '{path}'";
            }
        }

        return null;
    }

    private static IReadOnlyList<string> Or(IReadOnlyList<string> values, string none) =>
        values.Count == 0 ? [none] : values;
}

/// <summary>Where the balancer itself listens.</summary>
/// <param name="Port">0 to 65535.</param>
/// <param name="Addresses">At least one.</param>
internal sealed record EdgeAddress(int Port, IReadOnlyList<IPAddress> Addresses);
