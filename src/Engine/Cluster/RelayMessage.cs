using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Cluster;

/// <summary>What a message between the two ends of a stream says.</summary>
internal enum RelayKind : byte
{
    /// <summary>From the runner: a stream begins.</summary>
    Open = 1,

    /// <summary>From the runner: bytes of the answer.</summary>
    Part = 2,

    /// <summary>From the runner: the answer is whole.</summary>
    End = 3,

    /// <summary>From the runner: the answer was broken off; the payload says why.</summary>
    Abort = 4,

    /// <summary>From the runner: a sign of life; the number is that of the next message, so that a lost one shows.
    /// </summary>
    Beat = 5,

    /// <summary>From the reader: so many bytes may be sent in all; a sign of life too.</summary>
    Credit = 6,

    /// <summary>From the reader: nobody reads any more.</summary>
    Leave = 7,
}

/// <summary>A stream between two nodes: a task under one of its leases.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct StreamKey(TaskId Task, long Token);

/// <summary>
/// A message of a stream: version, kind, task, token, number, payload; numbers are big-endian. Messages of the runner
/// are numbered from 0 without a gap, save <see cref="RelayKind.Beat"/> and <see cref="RelayKind.Abort"/>.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly ref struct RelayMessage
{
    /// <summary>Bytes before the payload.</summary>
    public const int HeadBytes = 34;

    private const byte Version = 1;
    private const int NodeBytesMax = 1024;

    public required RelayKind Kind { get; init; }

    public required StreamKey Key { get; init; }

    public required long Number { get; init; }

    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>Writes the head into the first <see cref="HeadBytes"/> bytes.</summary>
    public static void WriteHead(Span<byte> message, RelayKind kind, StreamKey key, long number)
    {
        message[0] = Version;
        message[1] = (byte)kind;
        key.Task.Value.TryWriteBytes(message[2..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(message[18..], key.Token);
        BinaryPrimitives.WriteInt64BigEndian(message[26..], number);
    }

    /// <summary>A whole message.</summary>
    public static byte[] Make(RelayKind kind, StreamKey key, long number, ReadOnlySpan<byte> payload = default)
    {
        var message = new byte[HeadBytes + payload.Length];
        WriteHead(message, kind, key, number);
        payload.CopyTo(message.AsSpan(HeadBytes));
        return message;
    }

    /// <summary>Reads a message; false for one that is none of this version.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> message, out RelayMessage read)
    {
        var bytes = message.Span;
        if (bytes.Length < HeadBytes || bytes[0] != Version
            || bytes[1] is < (byte)RelayKind.Open or > (byte)RelayKind.Leave)
        {
            read = default;
            return false;
        }

        read = new RelayMessage
        {
            Kind = (RelayKind)bytes[1],
            Key = new StreamKey(
                new TaskId(new Guid(bytes.Slice(2, 16), bigEndian: true)),
                BinaryPrimitives.ReadInt64BigEndian(bytes[18..])),
            Number = BinaryPrimitives.ReadInt64BigEndian(bytes[26..]),
            Payload = message[HeadBytes..],
        };
        return true;
    }

    /// <summary>Payload of <see cref="RelayKind.Open"/>: status, attempts, length of the runner's name, the name, and,
    /// when there is one, the content type.</summary>
    public static byte[] MakeOpening(RelayOpening opening)
    {
        var node = Encoding.UTF8.GetByteCount(opening.Node);
        var type = opening.ContentType is null ? 0 : 1 + Encoding.UTF8.GetByteCount(opening.ContentType);
        var payload = new byte[10 + node + type];
        BinaryPrimitives.WriteInt32BigEndian(payload, opening.Status);
        BinaryPrimitives.WriteInt32BigEndian(payload.AsSpan(4), opening.Attempts);
        BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(8), (ushort)node);
        Encoding.UTF8.GetBytes(opening.Node, payload.AsSpan(10));
        if (opening.ContentType is not null)
            Encoding.UTF8.GetBytes(opening.ContentType, payload.AsSpan(11 + node));
        return payload;
    }

    /// <summary>Reads such a payload; null when it is none.</summary>
    public static RelayOpening? ReadOpening(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 10)
            return null;
        var node = BinaryPrimitives.ReadUInt16BigEndian(payload[8..]);
        if (node is 0 or > NodeBytesMax || payload.Length < 10 + node)
            return null;
        return new RelayOpening(
            Encoding.UTF8.GetString(payload.Slice(10, node)),
            BinaryPrimitives.ReadInt32BigEndian(payload),
            BinaryPrimitives.ReadInt32BigEndian(payload[4..]),
            payload.Length > 10 + node ? Encoding.UTF8.GetString(payload[(11 + node)..]) : null);
    }
}

/// <summary>How a stream begins.</summary>
/// <param name="Node">The runner's node.</param>
/// <param name="Status">The worker's HTTP status.</param>
/// <param name="Attempts">Attempts used.</param>
/// <param name="ContentType">The worker's content type; null when it sent none.</param>
internal sealed record RelayOpening(string Node, int Status, int Attempts, string? ContentType);
