using System.Buffers.Binary;

namespace ActorBalancer.Api.Proxying.Tunnels;

/// <summary>
/// Follows the frames of one direction of a WebSocket (RFC 6455, 5.2) by their heads alone, so that it is known where
/// one ends. Payloads are neither unmasked nor looked at. One thread at a time.
/// <list type="bullet">
/// <item>F1: a byte is let through only when the head that it belongs to is whole and sound. So what has been passed on
/// always ends at a border or in the payload of a sound frame, and another frame can be put in at a border.</item>
/// <item>Of a client everything that RFC 6455 demands of a head is held: masked, no reserved opcode, control frames
/// whole and of 125 bytes at most, continuations only within a message, the shortest form of the length. Reserved bits
/// belong to extensions, which the two ends agreed on.</item>
/// <item>Of a backend only the length must be possible: its client checks the rest.</item>
/// </list>
/// </summary>
/// <param name="isClient">Whether the frames are a client's.</param>
/// <param name="messageMax">Most bytes of a message over all its fragments, as they are on the wire, so compressed ones
/// count compressed; 0: no limit.</param>
internal sealed class FrameFollower(bool isClient, long messageMax)
{
    /// <summary>Longest head: two bytes, a length of eight, a mask of four.</summary>
    public const int HeadMax = 14;

    private const int CloseOpcode = 0x8;
    private const int ControlLengthMax = 125;

    private long _payloadRest;
    private long _messageBytes;
    private bool _isInMessage;

    /// <summary>Whether what was let through ends with a whole frame.</summary>
    public bool IsAtBorder => _payloadRest == 0;

    /// <summary>Whether a Close frame was let through; then nothing more may follow.</summary>
    public bool HasClosed { get; private set; }

    /// <summary>Reads on.</summary>
    /// <param name="bytes">What came, after what the last call did not let through.</param>
    /// <param name="fault">Why nothing after the returned count may be let through, ever.</param>
    /// <returns>How many bytes may be passed on. Without a fault, the rest is the beginning of a head, shorter than
    /// <see cref="HeadMax"/>: give it again, with what comes next behind it.</returns>
    public int Scan(ReadOnlySpan<byte> bytes, out FrameFault fault)
    {
        fault = FrameFault.None;
        var position = 0;
        while (position < bytes.Length)
        {
            if (_payloadRest > 0)
            {
                var taken = (int)Math.Min(_payloadRest, bytes.Length - position);
                position += taken;
                _payloadRest -= taken;
                continue;
            }

            var headLength = LengthOfHead(bytes[position..]);
            if (headLength > bytes.Length - position)
                return position;
            fault = Enter(bytes.Slice(position, headLength));
            if (fault != FrameFault.None)
                return position;
            position += headLength;
        }

        return position;
    }

    /// <summary>Bytes of the head that begins here; <see cref="HeadMax"/> while that can't be told.</summary>
    private static int LengthOfHead(ReadOnlySpan<byte> head)
    {
        if (head.Length < 2)
            return HeadMax;
        var mask = (head[1] & 0x80) != 0 ? 4 : 0;
        return mask + (head[1] & 0x7F) switch { 126 => 4, 127 => 10, _ => 2 };
    }

    /// <summary>Takes a whole head in.</summary>
    private FrameFault Enter(ReadOnlySpan<byte> head)
    {
        var form = head[1] & 0x7F;
        var length = form switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian(head[2..]),
            127 => BinaryPrimitives.ReadInt64BigEndian(head[2..]),
            _ => form,
        };
        if (length < 0)
            return FrameFault.Broken;
        var opcode = head[0] & 0x0F;
        var isFinal = (head[0] & 0x80) != 0;
        var isControl = opcode >= CloseOpcode;
        if (isClient && !IsSound(opcode, isFinal, form, length, (head[1] & 0x80) != 0))
            return FrameFault.Broken;
        if (!isControl)
        {
            if (opcode != 0)
                _messageBytes = 0;
            if (messageMax > 0 && length > messageMax - _messageBytes)
                return FrameFault.TooBig;
            _messageBytes += length;
            _isInMessage = !isFinal;
        }

        HasClosed |= opcode == CloseOpcode;
        _payloadRest = length;
        return FrameFault.None;
    }

    private bool IsSound(int opcode, bool isFinal, int form, long length, bool isMasked)
    {
        if (!isMasked || (form == 126 && length < 126) || (form == 127 && length <= ushort.MaxValue))
            return false;
        return opcode switch
        {
            0 => _isInMessage,
            1 or 2 => !_isInMessage,
            0x8 or 0x9 or 0xA => isFinal && length <= ControlLengthMax,
            _ => false,
        };
    }
}

/// <summary>Why frames can't be followed any further.</summary>
internal enum FrameFault
{
    /// <summary>They can.</summary>
    None,

    /// <summary>A head breaks RFC 6455: close code 1002.</summary>
    Broken,

    /// <summary>The message is larger than allowed: close code 1009.</summary>
    TooBig,
}
