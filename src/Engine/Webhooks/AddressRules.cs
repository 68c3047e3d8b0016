using System.Buffers.Binary;
using System.Net;

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
    private static readonly (Range4 Range, AddressKind Kind)[] V4 =
    [
        // Metadata services outside the link-local range: Alibaba, Oracle (inside 192.0.0.0/24), Azure's wire server.
        (Range4.Parse("100.100.100.200/32"), AddressKind.Forbidden),
        (Range4.Parse("168.63.129.16/32"), AddressKind.Forbidden),
        (Range4.Parse("0.0.0.0/8"), AddressKind.Forbidden),
        (Range4.Parse("10.0.0.0/8"), AddressKind.Private),
        (Range4.Parse("100.64.0.0/10"), AddressKind.Private),
        (Range4.Parse("127.0.0.0/8"), AddressKind.Private),
        (Range4.Parse("169.254.0.0/16"), AddressKind.Forbidden),
        (Range4.Parse("172.16.0.0/12"), AddressKind.Private),
        (Range4.Parse("192.0.0.0/24"), AddressKind.Forbidden),
        (Range4.Parse("192.0.2.0/24"), AddressKind.Forbidden),
        (Range4.Parse("192.88.99.0/24"), AddressKind.Forbidden),
        (Range4.Parse("192.168.0.0/16"), AddressKind.Private),
        (Range4.Parse("198.18.0.0/15"), AddressKind.Forbidden),
        (Range4.Parse("198.51.100.0/24"), AddressKind.Forbidden),
        (Range4.Parse("203.0.113.0/24"), AddressKind.Forbidden),
        (Range4.Parse("224.0.0.0/3"), AddressKind.Forbidden),
    ];

    private static readonly (Range6 Range, AddressKind Kind)[] V6 =
    [
        // Metadata services of Amazon and Google.
        (Range6.Parse("fd00:ec2::254/128"), AddressKind.Forbidden),
        (Range6.Parse("fd20:ce::254/128"), AddressKind.Forbidden),
        (Range6.Parse("::1/128"), AddressKind.Private),
        (Range6.Parse("fc00::/7"), AddressKind.Private),
        (Range6.Parse("fec0::/10"), AddressKind.Private),

        // Benchmarks, ORCHIDs and other special uses, documentation, 6bone. Teredo, in the first range, is unpacked.
        (Range6.Parse("2001::/23"), AddressKind.Forbidden),
        (Range6.Parse("2001:db8::/32"), AddressKind.Forbidden),
        (Range6.Parse("3ffe::/16"), AddressKind.Forbidden),
        (Range6.Parse("3fff::/20"), AddressKind.Forbidden),

        // All that is handed out to hosts of the open network.
        (Range6.Parse("2000::/3"), AddressKind.Public),
    ];

    private static readonly Range6 Mapped = Range6.Parse("::ffff:0:0/96");
    private static readonly Range6 Compatible = Range6.Parse("::/96");
    private static readonly Range6 Translated = Range6.Parse("::ffff:0:0:0/96");
    private static readonly Range6 Nat64 = Range6.Parse("64:ff9b::/96");
    private static readonly Range6 LocalNat64 = Range6.Parse("64:ff9b:1::/48");
    private static readonly Range6 SixToFour = Range6.Parse("2002::/16");
    private static readonly Range6 Teredo = Range6.Parse("2001::/32");

    /// <summary>Sorts an address; a zone id changes nothing.</summary>
    public static AddressKind Judge(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (!address.TryWriteBytes(bytes, out var length))
            return AddressKind.Forbidden;
        if (length == 4)
            return JudgeV4(bytes);
        var bits = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        if (Mapped.Contains(bits) || Translated.Contains(bits) || Nat64.Contains(bits))
            return JudgeV4(bytes[12..]);
        if (Compatible.Contains(bits) && bits != UInt128.One)
            return JudgeV4(bytes[12..]);
        if (LocalNat64.Contains(bits))
            return JudgeLocalNat64(bytes);
        if (SixToFour.Contains(bits))
            return JudgeV4(bytes[2..]);

        // The client's address is stored inverted (RFC 4380, section 4).
        if (Teredo.Contains(bits))
            return Stricter(JudgeV4(bytes[4..]), JudgeV4(~BinaryPrimitives.ReadUInt32BigEndian(bytes[12..])));
        var kind = JudgeV6(bits);

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

    private static AddressKind JudgeV4(ReadOnlySpan<byte> bytes)
        => JudgeV4(BinaryPrimitives.ReadUInt32BigEndian(bytes));

    private static AddressKind JudgeV4(uint address)
    {
        foreach (var (range, kind) in V4)
        {
            if (range.Contains(address))
                return kind;
        }

        return AddressKind.Public;
    }

    // What no rule names is reserved: only 2000::/3 is handed out.
    private static AddressKind JudgeV6(UInt128 address)
    {
        foreach (var (range, kind) in V6)
        {
            if (range.Contains(address))
                return kind;
        }

        return AddressKind.Forbidden;
    }

    private static AddressKind Stricter(AddressKind one, AddressKind other) => one > other ? one : other;

    // Not IPNetwork: it does not find ::ffff:10.0.0.1 in ::ffff:0:0/96.
    private sealed record Range4(uint First, uint Mask)
    {
        public static Range4 Parse(string text)
        {
            var slash = text.IndexOf('/', StringComparison.Ordinal);
            var first = BinaryPrimitives.ReadUInt32BigEndian(IPAddress.Parse(text.AsSpan(0, slash)).GetAddressBytes());
            return new Range4(first, uint.MaxValue << (32 - int.Parse(text.AsSpan(slash + 1))));
        }

        public bool Contains(uint address) => (address & Mask) == First;
    }

    private sealed record Range6(UInt128 First, UInt128 Mask)
    {
        public static Range6 Parse(string text)
        {
            var slash = text.IndexOf('/', StringComparison.Ordinal);
            var first = BinaryPrimitives.ReadUInt128BigEndian(IPAddress.Parse(text.AsSpan(0, slash)).GetAddressBytes());
            return new Range6(first, UInt128.MaxValue << (128 - int.Parse(text.AsSpan(slash + 1))));
        }

        public bool Contains(UInt128 address) => (address & Mask) == First;
    }
}
