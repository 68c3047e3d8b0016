using System.Buffers;

namespace ActorBalancer.Api.Proxying.Forwarding;

/// <summary>Which headers pass the proxy, and which values are fit to pass.</summary>
internal static class HeaderRules
{
    // RFC 9110, section 5.5: no control characters but the tab.
    private static readonly SearchValues<char> ControlCharacters = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Where(code => code != '\t').Select(code => (char)code), '\u007f']);

    /// <summary>True for a value with a control character.</summary>
    public static bool IsUnfit(ReadOnlySpan<char> value) => value.ContainsAny(ControlCharacters);

    /// <summary>True for a header that belongs to one connection and never passes (RFC 9110, section 7.6.1), either
    /// way. <c>Proxy</c> is none of them but is taken for the variable <c>HTTP_PROXY</c> by CGI programs.</summary>
    public static bool IsHopByHop(string name) => name.Length switch
    {
        2 => Same(name, "TE"),
        5 => Same(name, "Proxy"),
        7 => Same(name, "Upgrade") || Same(name, "Trailer"),
        10 => Same(name, "Connection") || Same(name, "Keep-Alive"),
        14 => Same(name, "HTTP2-Settings"),
        16 or 18 or 19 => (name[0] | 0x20) == 'p' && name.StartsWith("Proxy-", StringComparison.OrdinalIgnoreCase),
        17 => Same(name, "Transfer-Encoding"),
        _ => false,
    };

    /// <summary>True when <c>Connection</c> names the header, so that it is for this connection only. Kestrel leaves
    /// only <c>keep-alive</c> or <c>close</c> of a client's value that holds one of them: what is named beside it
    /// passes.</summary>
    /// <param name="connection">The value of <c>Connection</c>; several lines joined by commas.</param>
    /// <param name="name">Name of the header.</param>
    public static bool IsNamed(ReadOnlySpan<char> connection, string name)
    {
        foreach (var range in connection.Split(','))
        {
            if (connection[range].Trim(" \t").Equals(name, StringComparison.OrdinalIgnoreCase))
                return !IsEndToEnd(name);
        }

        return false;
    }

    /// <summary>True for a value of <c>Connection</c> that names no header, which is nearly every one.</summary>
    public static bool NamesNothing(string? connection) =>
        string.IsNullOrEmpty(connection) || Same(connection, "keep-alive") || Same(connection, "close");

    // What a client must not be able to have removed on the way: RFC 9110, section 7.6.1 forbids to name a header that
    // is meant for all recipients, and backends trust these.
    private static bool IsEndToEnd(string name) =>
        name.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("Sec-", StringComparison.OrdinalIgnoreCase)
        || name.Length switch
        {
            3 => Same(name, "Via"),
            4 => Same(name, "Host") || Same(name, "Date"),
            5 => Same(name, "Range"),
            6 => Same(name, "Cookie") || Same(name, "Origin"),
            9 => Same(name, "Forwarded") || Same(name, "X-Real-IP"),
            10 => Same(name, "Set-Cookie"),
            11 => Same(name, "traceparent"),
            12 => Same(name, "X-Request-ID"),
            13 => Same(name, "Authorization") || Same(name, "Cache-Control"),
            15 => Same(name, "Idempotency-Key"),
            25 => Same(name, "Strict-Transport-Security"),
            _ => false,
        };

    private static bool Same(string left, string right) =>
        string.Equals(left, right, StringComparison.OrdinalIgnoreCase);
}
