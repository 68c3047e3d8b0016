using System.Net;
using ActorBalancer.Engine.Proxying.Options;
using Microsoft.Extensions.Primitives;

namespace ActorBalancer.Api.Proxying.Clients;

/// <summary>
/// What a trusted proxy said of who asked. Made once for a request and kept with it.
/// <list type="bullet">
/// <item>One header counts for the addresses: <c>X-Forwarded-For</c>, and <c>Forwarded</c> only when there is none of
/// the former. A proxy that writes one of them may pass the other on as the client sent it.</item>
/// <item>Both are read from the end. The first part that is no address ends the chain: what stands before it is not
/// known and is dropped.</item>
/// <item><c>X-Forwarded-Proto</c> and <c>-Host</c> hold one value; of a list the last counts, which the nearest proxy
/// wrote. Of <c>Forwarded</c> it is that of the client's element.</item>
/// </list>
/// </summary>
internal sealed class ForwardedChain
{
    /// <summary>Most hops that are read. Source: ours; the longest real chains have a handful.</summary>
    public const int HopsMax = 100;

    /// <summary>Most characters of a header that are read; of a longer one nothing is believed. Source: ours.</summary>
    public const int LengthMax = 8 * 1024;

    private ForwardedChain(IPAddress client) => Client = client;

    /// <summary>The last address that no trusted proxy has; if all are trusted, the first of the chain.</summary>
    public IPAddress Client { get; private set; }

    /// <summary>The addresses before the connection's own, client first. May be empty.</summary>
    public IReadOnlyList<IPAddress> Hops { get; private set; } = [];

    /// <summary><c>http</c> or <c>https</c>; null when nothing valid was said.</summary>
    public string? Scheme { get; private set; }

    /// <summary>Host with an optional port; null when nothing valid was said.</summary>
    public string? Host { get; private set; }

    /// <summary>Whether the client came by TLS.</summary>
    public bool IsTls { get; private set; }

    /// <summary>The chain of a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="peer">Who is at the other end of the connection: a trusted proxy.</param>
    /// <param name="listener">Says who is trusted.</param>
    public static ForwardedChain Of(HttpContext context, IPAddress peer, ListenerOptions listener)
    {
        if (context.Features.Get<ForwardedChain>() is { } known)
            return known;
        var headers = context.Request.Headers;
        var chain = new ForwardedChain(peer);
        if (headers["X-Forwarded-For"] is { Count: > 0 } addresses)
            chain.ReadAddresses(Join(addresses), listener);
        else if (headers["Forwarded"] is { Count: > 0 } elements)
            chain.ReadElements(Join(elements), listener);
        chain.Scheme ??= ForwardedNode.SchemeOf(LastOf(headers["X-Forwarded-Proto"]));
        if (chain.Host is null && LastOf(headers["X-Forwarded-Host"]) is var host && ForwardedNode.IsHost(host))
            chain.Host = host.ToString();
        chain.IsTls = chain.Scheme is { } scheme ? scheme == "https" : context.Request.IsHttps;
        context.Features.Set(chain);
        return chain;
    }

    /// <summary>Several lines of a list are one list (RFC 9110, 5.3).</summary>
    private static string Join(StringValues lines)
    {
        var length = 0L;
        foreach (var line in lines)
            length += (line?.Length ?? 0) + 1;
        return length <= LengthMax ? lines.ToString() : "";
    }

    private static ReadOnlySpan<char> LastOf(StringValues lines)
    {
        if (lines.Count == 0)
            return default;
        var last = lines[^1].AsSpan();
        return last[(last.LastIndexOf(',') + 1)..].Trim(" \t");
    }

    private void ReadAddresses(ReadOnlySpan<char> text, ListenerOptions listener)
    {
        var hops = new List<IPAddress>();
        var elements = new ForwardedElements(text, ',');
        var isFound = false;
        while (hops.Count < HopsMax && elements.MoveNext() &&
            ForwardedNode.TryRead(elements.Current, out var address))
        {
            hops.Add(address);
            Meet(address, listener, ref isFound);
        }

        hops.Reverse();
        Hops = hops;
    }

    private void ReadElements(ReadOnlySpan<char> text, ListenerOptions listener)
    {
        var hops = new List<IPAddress>();
        var elements = new ForwardedElements(text, ',');
        var isFound = false;
        while (hops.Count < HopsMax && elements.MoveNext() &&
            ReadElement(elements.Current, out var address, out var scheme, out var host))
        {
            hops.Add(address);
            if (Meet(address, listener, ref isFound))
                (Scheme, Host) = (scheme, host);
        }

        hops.Reverse();
        Hops = hops;
    }

    /// <summary>Takes the address in as the client's unless the client was met before.</summary>
    private bool Meet(IPAddress address, ListenerOptions listener, ref bool isFound)
    {
        if (isFound)
            return false;
        Client = address;
        isFound = !listener.TrustedProxies.Contains(address);
        return true;
    }

    /// <summary>Reads <c>for=...;host=...;proto=...</c> in any order.</summary>
    /// <returns>False when it breaks the form or has no address.</returns>
    private static bool ReadElement(
        ReadOnlySpan<char> element, out IPAddress address, out string? scheme, out string? host)
    {
        address = IPAddress.None;
        (scheme, host) = (null, null);
        var isRead = false;
        var pairs = new ForwardedElements(element, ';');
        while (pairs.MoveNext())
        {
            var equals = pairs.Current.IndexOf('=');
            if (equals <= 0)
                return false;
            var name = pairs.Current[..equals];
            var value = pairs.Current[(equals + 1)..];
            if (value.Length >= 2 && value[0] == '"' && value[^1] == '"')
                value = value[1..^1];
            if (name.Equals("for", StringComparison.OrdinalIgnoreCase))
            {
                // Twice in an element is against RFC 7239, 4: nobody knows which is meant.
                if (isRead || !ForwardedNode.TryRead(value, out address))
                    return false;
                isRead = true;
            }
            else if (name.Equals("proto", StringComparison.OrdinalIgnoreCase))
            {
                scheme = ForwardedNode.SchemeOf(value);
            }
            else if (name.Equals("host", StringComparison.OrdinalIgnoreCase) && ForwardedNode.IsHost(value))
            {
                host = value.ToString();
            }
        }

        return isRead;
    }
}
