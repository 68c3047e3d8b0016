using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace ActorBalancer.SocketsPeer;

/// <summary>The HTTP part of a WebSocket connection.</summary>
internal static class Head
{
    private const int BytesMax = 16 * 1024;

    // RFC 6455, section 1.3.
    private const string Guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// <summary>Reads up to the empty line, and not a byte further.</summary>
    /// <returns>The head without the empty line; null when the other side closed first.</returns>
    /// <exception cref="InvalidDataException">It is longer than 16 KiB.</exception>
    public static async Task<string?> ReadAsync(Socket socket)
    {
        var bytes = new byte[BytesMax];
        for (var length = 0; length < bytes.Length; length++)
        {
            // Byte by byte: what follows belongs to the frames, and a head is read once for a connection.
            if (await socket.ReceiveAsync(bytes.AsMemory(length, 1)) == 0)
                return null;
            if (bytes.AsSpan(0, length + 1).EndsWith("\r\n\r\n"u8))
                return Encoding.Latin1.GetString(bytes, 0, length - 3);
        }

        throw new InvalidDataException($"A head is longer than {BytesMax} bytes.");
    }

    /// <summary>Value of a header; null when there is none.</summary>
    public static string? Find(string head, string name)
    {
        foreach (var line in head.Split("\r\n").Skip(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && line.AsSpan(0, colon).Equals(name, StringComparison.OrdinalIgnoreCase))
                return line[(colon + 1)..].Trim();
        }

        return null;
    }

    /// <summary>Value of <c>Sec-WebSocket-Accept</c> for a key.</summary>
    public static string Accept(string key)
    {
#pragma warning disable CA5350 // The handshake of RFC 6455 is made of it; it protects nothing.
        return Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + Guid)));
#pragma warning restore CA5350
    }
}
