using System.Collections.Frozen;
using System.Net.Http.Headers;
using System.Text;
using ActorBalancer.Engine;
using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Api.Proxying.Clients;

/// <summary><c>X-Forwarded-For</c>, <c>-Proto</c>, <c>-Host</c> and <c>Forwarded</c> (RFC 7239) of a forwarded request.
/// By default they say what this connection shows and nothing that the client said. What a trusted proxy said comes
/// before it, as far as it is well-formed.
/// </summary>
internal static class ForwardedHeaders
{
    private const string For = "X-Forwarded-For";
    private const string Proto = "X-Forwarded-Proto";
    private const string Host = "X-Forwarded-Host";
    private const string Forwarded = "Forwarded";

    /// <summary>Longest name of <see cref="Names"/>.</summary>
    private const int NameLengthMax = 24;

    /// <summary>Names by which servers and applications are told of a client's address, host or path in place of the
    /// request's own, beside those that begin with <c>X-Forwarded-</c>, <c>X-Original-</c> or <c>X-Internal-</c>. What
    /// a client sends under them is a lie or none of the backend's business.</summary>
    private static readonly FrozenSet<string> Names = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        Forwarded, "Forwarded-For", "Forwarded-For-Ip", "X-Forwarded", "X-Forwarder-For", "X-Real-IP", "X-Client-IP",
        "X-Cluster-Client-IP", "X-ProxyUser-IP", "X-Remote-IP", "X-Remote-Addr", "X-Originating-IP", "X-Rewrite-URL",
        "X-Host", "X-Http-Host-Override", "X-Envoy-External-Address", "True-Client-IP", "CF-Connecting-IP",
        "CF-Connecting-IPv6", "Fastly-Client-IP", "Client-IP");

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> NamesLookup =
        Names.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>True for a header that this class writes and that is not to be copied from the client. An underscore
    /// counts as a hyphen, since CGI and WSGI take both for one.</summary>
    public static bool Owns(string name)
    {
        // Most names end here.
        if (name.Length is < 6 or > 64 || (name[0] | 0x20) is not ('x' or 'f' or 't' or 'c'))
            return false;
        if (!name.Contains('_'))
            return OwnsHyphened(name);
        Span<char> hyphened = stackalloc char[name.Length];
        name.AsSpan().Replace(hyphened, '_', '-');
        return OwnsHyphened(hyphened);
    }

    /// <summary>Adds them: what a trusted proxy said and this connection, or this connection alone.</summary>
    public static void Write(HttpRequestHeaders target, HttpContext context, ListenerOptions listener)
    {
        var request = context.Request;
        var peer = context.Connection.RemoteIpAddress;
        var host = request.Headers.Host.ToString();
        if (listener.TrustedProxies.Contains(peer))
        {
            WriteChain(target, context, ForwardedChain.Of(context, peer!.Unmap(), listener), host);
            return;
        }

        var scheme = request.IsHttps ? "https" : "http";
        var address = peer is null ? null : ClientAddress.TextOf(peer);
        if (address is not null)
            target.TryAddWithoutValidation(For, address);
        target.TryAddWithoutValidation(Proto, scheme);
        if (host.Length > 0)
            target.TryAddWithoutValidation(Host, host);
        target.TryAddWithoutValidation(Forwarded, Element(address, host, scheme));
    }

    private static bool OwnsHyphened(ReadOnlySpan<char> name) =>
        name.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase) ||
        name.StartsWith("X-Original-", StringComparison.OrdinalIgnoreCase) ||
        name.StartsWith("X-Internal-", StringComparison.OrdinalIgnoreCase) ||
        (name.Length <= NameLengthMax && NamesLookup.Contains(name));

    /// <summary>What the proxy said, then its own address. The first element of <c>Forwarded</c> has host and scheme,
    /// as the client used them.</summary>
    private static void WriteChain(HttpRequestHeaders target, HttpContext context, ForwardedChain chain, string ownHost)
    {
        var host = chain.Host ?? ownHost;
        var scheme = chain.IsTls ? "https" : "http";
        var peer = ClientAddress.TextOf(context.Connection.RemoteIpAddress!);
        var addresses = new StringBuilder(64);
        var elements = new StringBuilder(128);
        foreach (var hop in chain.Hops)
        {
            var text = hop.ToString();
            addresses.Append(text).Append(", ");
            elements.Append(elements.Length == 0 ? Element(text, host, scheme) : $", for={Node(text)}");
        }

        elements.Append(elements.Length == 0 ? Element(peer, host, scheme) : $", for={Node(peer)}");
        target.TryAddWithoutValidation(For, addresses.Append(peer).ToString());
        target.TryAddWithoutValidation(Proto, scheme);
        if (host.Length > 0)
            target.TryAddWithoutValidation(Host, host);
        target.TryAddWithoutValidation(Forwarded, elements.ToString());

        // The proxy's other words, such as X-Forwarded-Prefix or X-Real-IP, are passed on as they came.
        foreach (var (name, values) in context.Request.Headers)
        {
            if (Owns(name) && !IsWritten(name))
                target.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }
    }

    private static bool IsWritten(string name) =>
        name.Equals(For, StringComparison.OrdinalIgnoreCase) ||
        name.Equals(Proto, StringComparison.OrdinalIgnoreCase) ||
        name.Equals(Host, StringComparison.OrdinalIgnoreCase) ||
        name.Equals(Forwarded, StringComparison.OrdinalIgnoreCase) ||

        // X_Forwarded_For would be taken for the one that is written here.
        name.Contains('_');

    private static string Element(string? address, string host, string scheme) => host.Length switch
    {
        0 => $"for={Node(address)};proto={scheme}",
        _ when IsToken(host) => $"for={Node(address)};host={host};proto={scheme}",
        _ when host.AsSpan().ContainsAny('"', '\\') => $"for={Node(address)};proto={scheme}",
        _ => $"for={Node(address)};host=\"{host}\";proto={scheme}",
    };

    private static string Node(string? address) => address switch
    {
        null => "unknown",
        _ when address.Contains(':') => $"\"[{address}]\"",
        _ => address,
    };

    /// <summary>Whether a host can stand without quotes; a port's colon can't.</summary>
    private static bool IsToken(string host)
    {
        foreach (var unit in host)
        {
            if (!char.IsAsciiLetterOrDigit(unit) && unit is not ('.' or '-' or '_'))
                return false;
        }

        return true;
    }
}
