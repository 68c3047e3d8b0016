using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace ActorBalancer.Api.Proxying.Listening;

/// <summary>The header that begins a connection by HAProxy's PROXY protocol, versions 1 and 2.</summary>
/// <param name="Source">Who connected to the proxy before us; null when the header does not say (LOCAL, UNKNOWN, a
/// kind of address that is no IP): the socket's address stays.</param>
/// <param name="Destination">Where to; null likewise.</param>
/// <param name="Length">Bytes of the header.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ProxyHeader(IPEndPoint? Source, IPEndPoint? Destination, int Length)
{
    /// <summary>Most bytes of a header: 16 and addresses with additions. Source: the specification's own bound of one
    /// unsplit segment, 536.</summary>
    public const int BytesMax = HeadBytes + AdditionsBytesMax;

    private const int HeadBytes = 16;
    private const int AdditionsBytesMax = 536;

    // Section 2.1: the longest line of version 1, with CR and LF.
    private const int LineBytesMax = 107;

    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>Reads a header from the beginning of a connection.</summary>
    /// <param name="bytes">What has come so far.</param>
    /// <param name="header">The header, when it is whole and right.</param>
    /// <returns>True: done. Null: more bytes are needed. False: this is no such header.</returns>
    public static bool? TryRead(ReadOnlySpan<byte> bytes, out ProxyHeader header)
    {
        header = default;
        if (Begins(bytes, Signature))
            return bytes.Length < HeadBytes ? null : TryReadBinary(bytes, out header);
        if (!Begins(bytes, "PROXY "u8))
            return false;
        var end = bytes[..Math.Min(bytes.Length, LineBytesMax)].IndexOf((byte)'\n');
        if (end < 0)
            return bytes.Length < LineBytesMax ? null : false;
        return bytes[end - 1] == '\r'
            && TryReadLine(Encoding.Latin1.GetString(bytes[..(end - 1)]), end + 1, out header);
    }

    private static bool Begins(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> signature)
    {
        var known = Math.Min(bytes.Length, signature.Length);
        return bytes[..known].SequenceEqual(signature[..known]);
    }

    private static bool TryReadLine(string line, int length, out ProxyHeader header)
    {
        header = new ProxyHeader(null, null, length);
        var parts = line.Split(' ');
        if (parts[1] == "UNKNOWN")
            return true;
        var family = parts[1] switch
        {
            "TCP4" => AddressFamily.InterNetwork,
            "TCP6" => AddressFamily.InterNetworkV6,
            _ => AddressFamily.Unspecified,
        };
        if (parts.Length != 6
            || ReadAddress(parts[2], parts[4], family) is not { } source
            || ReadAddress(parts[3], parts[5], family) is not { } destination)
        {
            return false;
        }

        header = new ProxyHeader(source, destination, length);
        return true;
    }

    private static IPEndPoint? ReadAddress(string address, string port, AddressFamily family)
    {
        // The library takes more for addresses than the specification does: '1' and octal parts, brackets, scopes.
        if (!IPAddress.TryParse(address, out var parsed) || parsed.AddressFamily != family
            || (family == AddressFamily.InterNetwork && parsed.ToString() != address)
            || address.AsSpan().ContainsAny('[', ']', '%')
            || port.Length is 0 or > 5 || port.AsSpan().ContainsAnyExceptInRange('0', '9')
            || (port.Length > 1 && port[0] == '0')
            || int.Parse(port) is not (<= ushort.MaxValue and var number))
        {
            return null;
        }

        return new IPEndPoint(parsed, number);
    }

    private static bool? TryReadBinary(ReadOnlySpan<byte> bytes, out ProxyHeader header)
    {
        header = default;
        int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]);
        var (version, command, kind) = (bytes[12] >> 4, bytes[12] & 0xF, bytes[13]);
        if (version != 2 || command > 1 || length > AdditionsBytesMax)
            return false;
        var addressBytes = (command, kind) switch
        {
            (0, _) or (_, 0x00) => 0,
            (_, 0x11) => 4,
            (_, 0x21) => 16,
            (_, 0x31) => 0,
            _ => -1,
        };
        if (addressBytes < 0 || (addressBytes > 0 && length < (2 * addressBytes) + 4))
            return false;
        if (bytes.Length < HeadBytes + length)
            return null;
        header = new ProxyHeader(null, null, HeadBytes + length);
        if (addressBytes > 0)
        {
            var body = bytes[HeadBytes..];
            var ports = body[(2 * addressBytes)..];
            header = new ProxyHeader(
                new IPEndPoint(new IPAddress(body[..addressBytes]), BinaryPrimitives.ReadUInt16BigEndian(ports)),
                new IPEndPoint(
                    new IPAddress(body[addressBytes..(2 * addressBytes)]),
                    BinaryPrimitives.ReadUInt16BigEndian(ports[2..])),
                header.Length);
        }

        return true;
    }
}
