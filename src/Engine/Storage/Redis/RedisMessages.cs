using System.Globalization;
using System.Text;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>Messages of the channel of one life of a node: a letter, then what it needs.</summary>
internal static class RedisMessages
{
    /// <summary>A task of this node's caller has ended: id, length of the queue's name (4 digits), the name, the
    /// reply.</summary>
    public const byte Ended = (byte)'E';

    /// <summary>A lease is revoked: id, token.</summary>
    public const byte Revoked = (byte)'V';

    /// <summary>A message of another node.</summary>
    public const byte Message = (byte)'M';

    private const int IdLength = 32;
    private const int NameLength = 4;
    private const byte NoReply = (byte)'0';
    private const byte ReplyElsewhere = (byte)'2';

    /// <summary>Reads state and reply as scripts write them: a digit of the state, whether there is a reply, and it.
    /// </summary>
    /// <returns>Null when the reply must be fetched.</returns>
    public static SharedReply? ReadReply(ReadOnlySpan<byte> value) => value[1] == ReplyElsewhere
        ? null
        : new SharedReply((TaskState)(value[0] - '0'), value[1] == NoReply ? null : value[2..].ToArray());

    /// <summary>Reads <see cref="Ended"/>.</summary>
    /// <returns>False when it is malformed. A reply of null must be fetched.</returns>
    public static bool TryReadEnded(
        ReadOnlySpan<byte> message, out TaskId id, out QueueKey queue, out SharedReply? reply)
    {
        (queue, reply) = (default, null);
        var rest = message[1..];
        if (!TryReadId(ref rest, out id) || rest.Length < NameLength
            || !int.TryParse(rest[..NameLength], NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            || rest.Length < NameLength + length + 2
            || !RedisKeys.TryParseQueue(Encoding.UTF8.GetString(rest.Slice(NameLength, length)), out queue))
            return false;
        reply = ReadReply(rest[(NameLength + length)..]);
        return true;
    }

    /// <summary>Reads <see cref="Revoked"/>.</summary>
    public static bool TryReadRevoked(ReadOnlySpan<byte> message, out TaskId id, out long token)
    {
        token = 0;
        var rest = message[1..];
        return TryReadId(ref rest, out id)
            && long.TryParse(rest, NumberStyles.None, CultureInfo.InvariantCulture, out token);
    }

    private static bool TryReadId(ref ReadOnlySpan<byte> rest, out TaskId id)
    {
        id = default;
        if (rest.Length < IdLength || !TaskId.TryParse(Encoding.ASCII.GetString(rest[..IdLength]), out id))
            return false;
        rest = rest[IdLength..];
        return true;
    }
}
