using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ActorBalancer.Api.Proxying.Tunnels;

/// <summary>Close frames of our own (RFC 6455, 5.5.1), without words.</summary>
internal static class CloseFrame
{
    /// <summary>The server goes away: a drain or a stop, or nobody spoke for too long.</summary>
    public const ushort GoingAway = 1001;

    /// <summary>The peer broke the protocol.</summary>
    public const ushort ProtocolError = 1002;

    /// <summary>The peer's message is larger than allowed.</summary>
    public const ushort TooBig = 1009;

    /// <summary>What is behind the server failed.</summary>
    public const ushort InternalError = 1011;

    private const byte FinalClose = 0x88;

    /// <summary>Makes one.</summary>
    /// <param name="code">Close code.</param>
    /// <param name="isMasked">Whether it goes to a backend, to which we are the client.</param>
    public static byte[] Make(ushort code, bool isMasked)
    {
        if (!isMasked)
            return [FinalClose, 2, (byte)(code >> 8), (byte)code];
        var frame = new byte[8];
        frame[0] = FinalClose;
        frame[1] = 0x80 | 2;
        RandomNumberGenerator.Fill(frame.AsSpan(2, 4));
        BinaryPrimitives.WriteUInt16BigEndian(
            frame.AsSpan(6), (ushort)(code ^ BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(2))));
        return frame;
    }
}
