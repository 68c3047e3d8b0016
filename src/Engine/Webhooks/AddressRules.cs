using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace ActorBalancer.Engine.Webhooks;

/// <summary>What kind of place an address names, as far as calls on behalf of others are concerned.</summary>
internal enum AddressKind : byte
{
    /// <summary>A host of the open network.</summary>
    Public,

    /// <summary>This machine or a private network: only where the operator allows it.</summary>
    Private,

    /// <summary>Never a target: link-local, metadata services, multicast, reserved.</summary>
    Forbidden,
}

/// <summary>
/// Sorts IP addresses by who may be called there. An IPv4 address inside an IPv6 one counts as the IPv4 address, since
/// a gateway or the system's own stack would unpack it. Pure.
/// </summary>
/// <remarks>Source of the ranges: the IANA special-purpose address registries for IPv4 and IPv6, and the metadata
/// addresses in the clouds' own documentation.</remarks>
internal static class AddressRules
{
    private static readonly (IPNetwork Network, AddressKind Kind)[] V4 =
    [
        // Metadata services outside the link-local range: Alibaba, Oracle (inside 192.0.0.0/24), Azure's wire server.
        (IPNetwork.Parse("100.100.100.200/32"), AddressKind.Forbidden),
        (IPNetwork.Parse("168.63.129.16/32"), AddressKind.Forbidden),
        (IPNetwork.Parse("0.0.0.0/8"), AddressKind.Forbidden),
        (IPNetwork.Parse("10.0.0.0/8"), AddressKind.Private),
        (IPNetwork.Parse("100.64.0.0/10"), AddressKind.Private),
        (IPNetwork.Parse("127.0.0.0/8"), AddressKind.Private),
        (IPNetwork.Parse("169.254.0.0/16"), AddressKind.Forbidden),
        (IPNetwork.Parse("172.16.0.0/12"), AddressKind.Private),
        (IPNetwork.Parse("192.0.0.0/24"), AddressKind.Forbidden),
        (IPNetwork.Parse("192.0.2.0/24"), AddressKind.Forbidden),
        (IPNetwork.Parse("192.88.99.0/24"), AddressKind.Forbidden),
        (IPNetwork.Parse("192.168.0.0/16"), AddressKind.Private),
        (IPNetwork.Parse("198.18.0.0/15"), AddressKind.Forbidden),
        (IPNetwork.Parse("198.51.100.0/24"), AddressKind.Forbidden),
        (IPNetwork.Parse("203.0.113.0/24"), AddressKind.Forbidden),
        (IPNetwork.Parse("224.0.0.0/3"), AddressKind.Forbidden),
    ];

    private static readonly (IPNetwork Network, AddressKind Kind)[] V6 =
    [
        // Metadata services of Amazon and Google.
        (IPNetwork.Parse("fd00:ec2::254/128"), AddressKind.Forbidden),
        (IPNetwork.Parse("fd20:ce::254/128"), AddressKind.Forbidden),
        (IPNetwork.Parse("::1/128"), AddressKind.Private),
        (IPNetwork.Parse("fc00::/7"), AddressKind.Private),
        (IPNetwork.Parse("fec0::/10"), AddressKind.Private),

        // Benchmarks, ORCHIDs and other special uses, 6bone, documentation. Teredo, in the same range, is unpacked.
        (IPNetwork.Parse("2001::/32"), AddressKind.Public),
        (IPNetwork.Parse("2001::/23"), AddressKind.Forbidden),
        (IPNetwork.Parse("2001:db8::/32"), AddressKind.Forbidden),
        (IPNetwork.Parse("3ffe::/16"), AddressKind.Forbidden),
        (IPNetwork.Parse("3fff::/20"), AddressKind.Forbidden),

        // All that is handed out to hosts of the open network.
        (IPNetwork.Parse("2000::/3"), AddressKind.Public),
    ];

    private static readonly IPNetwork Mapped = IPNetwork.Parse("::ffff:0:0/96");
    private static readonly IPNetwork Compatible = IPNetwork.Parse("::/96");
    private static readonly IPNetwork Translated = IPNetwork.Parse("::ffff:0:0:0/96");
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork LocalNat64 = IPNetwork.Parse("64:ff9b:1::/48");
    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");
    private static readonly IPNetwork Teredo = IPNetwork.Parse("2001::/32");

    /// <summary>Sorts an address; a zone id changes nothing.</summary>
    public static AddressKind Judge(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork)
            return JudgeV4(address);
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return AddressKind.Forbidden;

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        var bare = new IPAddress(bytes);
        if (Mapped.Contains(bare) || Translated.Contains(bare) || Nat64.Contains(bare))
            return JudgeV4(bytes[12..]);
        if (Compatible.Contains(bare) && !IPAddress.IPv6Loopback.Equals(bare))
            return JudgeV4(bytes[12..]);
        if (LocalNat64.Contains(bare))
            return JudgeLocalNat64(bytes);
        if (SixToFour.Contains(bare))
            return JudgeV4(bytes[2..]);

        // The client's address is stored inverted (RFC 4380, section 4).
        if (Teredo.Contains(bare))
            return Stricter(JudgeV4(bytes[4..]), JudgeV4(~BinaryPrimitives.ReadUInt32BigEndian(bytes[12..])));
        var kind = Find(V6, bare);

        // An ISATAP interface names the IPv4 address behind it (RFC 5214, section 6.1).
        return (BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]) & 0xfdffffff) == 0x00005efe
            ? Stricter(kind, JudgeV4(bytes[12..]))
            : kind;
    }

    // The operator chooses where in his prefix the IPv4 address stands (RFC 6052, section 2.2; RFC 8215), so every
    // place counts that holds an address. The prefix itself leads into a network of the operator's own.
    private static AddressKind JudgeLocalNat64(ReadOnlySpan<byte> bytes)
    {
        var strictest = AddressKind.Private;
        ReadOnlySpan<byte> candidates =
        [
            bytes[6], bytes[7], bytes[9], bytes[10],
            bytes[7], bytes[9], bytes[10], bytes[11],
            bytes[9], bytes[10], bytes[11], bytes[12],
            bytes[12], bytes[13], bytes[14], bytes[15],
        ];
        var found = false;
        for (var start = 0; start < candidates.Length; start += 4)
        {
            if (candidates[start] == 0)
                continue;
            found = true;
            strictest = Stricter(strictest, JudgeV4(candidates[start..]));
        }

        return found ? strictest : AddressKind.Forbidden;
    }

    private static AddressKind JudgeV4(uint address)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, address);
        return JudgeV4(bytes);
    }

    private static AddressKind JudgeV4(ReadOnlySpan<byte> bytes) => JudgeV4(new IPAddress(bytes[..4]));

    private static AddressKind JudgeV4(IPAddress address)
    {
        foreach (var (network, kind) in V4)
        {
            if (network.Contains(address))
                return kind;
        }

        return AddressKind.Public;
    }

    // What no rule names is reserved: only 2000::/3 is handed out.
    private static AddressKind Find((IPNetwork Network, AddressKind Kind)[] rules, IPAddress address)
    {
        foreach (var (network, kind) in rules)
        {
            if (network.Contains(address))
                return kind;
        }

        return AddressKind.Forbidden;
    }

    private static AddressKind Stricter(AddressKind one, AddressKind other) => one > other ? one : other;
}
