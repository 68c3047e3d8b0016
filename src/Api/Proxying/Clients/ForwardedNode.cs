using System.Net;
using System.Net.Sockets;
using ActorBalancer.Engine;

namespace ActorBalancer.Api.Proxying.Clients;

/// <summary>Reads the parts of forwarding headers that name somebody.</summary>
internal static class ForwardedNode
{
    /// <summary>Longest address with a port: 45 of an IPv6 address, brackets, colon, five digits.</summary>
    private const int NodeLengthMax = 53;

    /// <summary>A name of 253 characters, colon, five digits, and the brackets of an address.</summary>
    private const int HostLengthMax = 261;

    /// <summary>Reads an address: IPv4, or IPv6 with or without brackets, with or without a port, which is left off.
    /// No scope, no <c>unknown</c>, no <c>_hidden</c>, and only the four-part form of IPv4.</summary>
    public static bool TryRead(ReadOnlySpan<char> text, out IPAddress address)
    {
        address = IPAddress.None;
        if (text.Length is 0 or > NodeLengthMax)
            return false;
        if (text[0] == '[')
        {
            var close = text.IndexOf(']');
            return close > 0 && IsPort(text[(close + 1)..]) && TryParse(text[1..close], out address) &&
                address.AddressFamily == AddressFamily.InterNetworkV6;
        }

        var colon = text.IndexOf(':');
        if (colon >= 0 && text.LastIndexOf(':') == colon)
            return IsPort(text[colon..]) && IsFourParts(text[..colon]) && TryParse(text[..colon], out address);
        return (colon >= 0 || IsFourParts(text)) && TryParse(text, out address);
    }

    /// <summary>Whether a text may be passed on as a host with an optional port: letters, digits, dots, hyphens,
    /// underscores, or an IPv6 address in brackets.</summary>
    public static bool IsHost(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > HostLengthMax)
            return false;
        if (text[0] == '[')
        {
            var close = text.IndexOf(']');
            return close > 0 && IsPort(text[(close + 1)..]) && TryParse(text[1..close], out _);
        }

        var colon = text.IndexOf(':');
        if (colon >= 0 && !IsPort(text[colon..]))
            return false;
        var name = colon < 0 ? text : text[..colon];
        foreach (var unit in name)
        {
            if (!char.IsAsciiLetterOrDigit(unit) && unit is not ('.' or '-' or '_'))
                return false;
        }

        return name.Length > 0;
    }

    /// <summary><c>http</c> or <c>https</c>.</summary>
    /// <returns>Null for anything else.</returns>
    public static string? SchemeOf(ReadOnlySpan<char> text) =>
        text.Equals("https", StringComparison.OrdinalIgnoreCase) ? "https"
        : text.Equals("http", StringComparison.OrdinalIgnoreCase) ? "http"
        : null;

    /// <summary>Nothing, or a colon and one to five digits.</summary>
    private static bool IsPort(ReadOnlySpan<char> text) =>
        text.IsEmpty ||
        (text[0] == ':' && text.Length is >= 2 and <= 6 && !text[1..].ContainsAnyExceptInRange('0', '9'));

    private static bool TryParse(ReadOnlySpan<char> text, out IPAddress address)
    {
        if (text.Contains('%') || !IPAddress.TryParse(text, out var parsed))
        {
            address = IPAddress.None;
            return false;
        }

        address = parsed.Unmap();
        return true;
    }

    /// <summary>The framework also reads <c>1</c>, <c>0x7f.1</c> and octal parts as addresses; proxies never write
    /// those.</summary>
    private static bool IsFourParts(ReadOnlySpan<char> text)
    {
        var dots = 0;
        var digits = 0;
        for (var index = 0; index < text.Length; index++)
        {
            if (text[index] == '.')
            {
                if (digits == 0)
                    return false;
                dots++;
                digits = 0;
            }
            else if (!char.IsAsciiDigit(text[index]) || (digits == 1 && text[index - 1] == '0') || ++digits > 3)
            {
                return false;
            }
        }

        return dots == 3 && digits > 0;
    }
}
