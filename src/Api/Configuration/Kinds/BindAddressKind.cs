using System.Net;
using System.Net.Sockets;

namespace ActorBalancer.Api.Configuration.Kinds;

/// <summary>Where to listen; an empty list means that the key decides.</summary>
internal sealed class BindAddressKind : SettingKind<IReadOnlyList<IPAddress>>
{
    /// <summary>
    /// Every address of the machine: one dual-stack socket. Where the system has no IPv6 (a container, often), such a
    /// socket cannot be made.
    /// </summary>
    public static IReadOnlyList<IPAddress> Any { get; } =
        [Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any];

    /// <summary>Only this machine. The IPv6 loopback address is left out: not every system has it.</summary>
    public static IReadOnlyList<IPAddress> Loopback { get; } = [IPAddress.Loopback];

    public override string Name => "address";

    public override string Allowed => "an IP address, 'localhost' (127.0.0.1), '*' (any address), or empty";

    public override string? Read(string text, out IReadOnlyList<IPAddress> value)
    {
        var word = text.Trim();
        value = word switch
        {
            "" => [],
            "*" => Any,
            _ when word.Equals("localhost", StringComparison.OrdinalIgnoreCase) => Loopback,
            _ when IsFullAddress(word) && IPAddress.TryParse(word, out var address) => [address],
            _ => [],
        };
        return value.Count == 0 && word.Length > 0 ? "is not an address" : null;
    }

    // The parser of .NET also takes "1" for 0.0.0.1, "0x7f.1", and an address with a port behind it.
    private static bool IsFullAddress(string word) => word.Contains(':', StringComparison.Ordinal)
        ? word.All(static unit => char.IsAsciiHexDigit(unit) || unit is ':' or '.' or '%' || char.IsAsciiLetter(unit))
        : word.Split('.') is { Length: 4 } parts
            && parts.All(static part => part.Length is >= 1 and <= 3 && part.All(char.IsAsciiDigit)
                && (part.Length == 1 || part[0] != '0'));
}
