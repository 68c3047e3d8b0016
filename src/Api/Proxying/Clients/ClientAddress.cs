using System.Net;
using ActorBalancer.Engine;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Engine.Routing;

namespace ActorBalancer.Api.Proxying.Clients;

/// <summary>Who a request is from.</summary>
internal static class ClientAddress
{
    private const string MappedPrefix = "::ffff:";

    /// <summary>The address of the connection or, when that is a trusted proxy, the last one of
    /// <c>X-Forwarded-For</c> (or <c>Forwarded</c>) that is not.</summary>
    /// <returns>IPv4 addresses as such, never mapped into IPv6; null for a connection without address.</returns>
    public static IPAddress? Of(HttpContext context, ListenerOptions listener)
    {
        var peer = context.Connection.RemoteIpAddress?.Unmap();
        return listener.TrustedProxies.Contains(peer) ? ForwardedChain.Of(context, peer!, listener).Client : peer;
    }

    /// <summary>What <see cref="Of"/> said of this request before, or the address of the connection.</summary>
    public static IPAddress? Known(HttpContext context) =>
        context.Features.Get<ForwardedChain>() is { } chain ? chain.Client : context.Connection.RemoteIpAddress;

    /// <summary>Whether the client came by TLS: on this connection or, as a trusted proxy said, on its own. Only
    /// after <see cref="Of"/>.</summary>
    public static bool IsTls(HttpContext context) =>
        context.Features.Get<ForwardedChain>() is { } chain ? chain.IsTls : context.Request.IsHttps;

    /// <summary>Hash of an address for consistent hashing; the same for an IPv4 address and for its mapped form.
    /// </summary>
    /// <returns>0 for null.</returns>
    public static ulong Hash(IPAddress? address)
    {
        // The longest text is that of an IPv6 address with a scope; the framework's own bound is 65.
        Span<char> text = stackalloc char[65];
        if (address is null || !address.TryFormat(text, out var length))
            return 0;
        return RoutingKey.Hash(address.IsIPv4MappedToIPv6 ? text[MappedPrefix.Length..length] : text[..length]);
    }

    /// <summary>The address as headers and logs show it: IPv4 as such, IPv6 without a scope. The framework keeps the
    /// text with the address, which lives as long as its connection, so this costs nothing but for the first
    /// request.</summary>
    public static string TextOf(IPAddress address)
    {
        var text = address.ToString();
        if (address.IsIPv4MappedToIPv6)
            return text[MappedPrefix.Length..];
        var scope = text.IndexOf('%');
        return scope < 0 ? text : text[..scope];
    }
}
