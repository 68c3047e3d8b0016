using System.Buffers.Binary;
using System.Text;
using ActorBalancer.Engine.Queues;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Cluster;

/// <summary>An outcome on its way from the node that ran the task to the node whose caller waits.</summary>
/// <remarks>
/// Version 1, numbers in little-endian: version (1 byte), kind (1), parts (1), worker status (4), attempts (4); then,
/// for each bit of the parts that is set, in this order: the error (length in 4 bytes, UTF-8), the time after which to
/// try again (ticks in 8), the reply's content type (length in 4, UTF-8), the reply (all the rest). A node of a later
/// version must still write this one while nodes of this version may read it.
/// </remarks>
internal static class OutcomeWire
{
    private const byte Version = 1;
    private const byte HasError = 1;
    private const byte HasRetryAfter = 2;
    private const byte HasContentType = 4;
    private const byte HasReply = 8;
    private const int HeaderBytes = 11;

    /// <summary>Writes everything that the caller is told; not for <see cref="TaskOutcomeKind.Streaming"/>.</summary>
    public static byte[] Encode(TaskOutcome outcome)
    {
        var reply = outcome.Reply;
        var type = reply?.ContentType;
        var size = HeaderBytes
            + (outcome.Error is null ? 0 : sizeof(int) + Encoding.UTF8.GetByteCount(outcome.Error))
            + (outcome.RetryAfter is null ? 0 : sizeof(long))
            + (type is null ? 0 : sizeof(int) + Encoding.UTF8.GetByteCount(type))
            + (reply?.Length ?? 0);
        var wire = new byte[size];
        wire[0] = Version;
        wire[1] = (byte)outcome.Kind;
        BinaryPrimitives.WriteInt32LittleEndian(wire.AsSpan(3), outcome.WorkerStatus);
        BinaryPrimitives.WriteInt32LittleEndian(wire.AsSpan(7), outcome.Attempts);
        var rest = wire.AsSpan(HeaderBytes);
        if (outcome.Error is { } error)
        {
            wire[2] |= HasError;
            WriteText(ref rest, error);
        }

        if (outcome.RetryAfter is { } wait)
        {
            wire[2] |= HasRetryAfter;
            BinaryPrimitives.WriteInt64LittleEndian(rest, wait.Ticks);
            rest = rest[sizeof(long)..];
        }

        if (type is not null)
        {
            wire[2] |= HasContentType;
            WriteText(ref rest, type);
        }

        if (reply is not null)
        {
            wire[2] |= HasReply;
            reply.Body.Span.CopyTo(rest);
        }

        return wire;
    }

    /// <summary>Reads it; makes a sentence of the state when there is no reply.</summary>
    public static TaskOutcome Decode(SharedReply reply)
    {
        if (reply.Reply is not { } wire)
            return OfState(reply.State);
        if (wire.Length > 0 && wire[0] != Version)
            return Unreadable(reply.State, $"in a form ({wire[0]}) that this node does not know");
        return TryRead(wire) ?? Unreadable(reply.State, "damaged");
    }

    private static TaskOutcome? TryRead(ReadOnlySpan<byte> wire)
    {
        if (wire.Length < HeaderBytes || wire[1] > (byte)TaskOutcomeKind.WebhookRefused
            || wire[1] == (byte)TaskOutcomeKind.Streaming)
            return null;
        var parts = wire[2];
        var rest = wire[HeaderBytes..];
        string? error = null;
        string? type = null;
        TimeSpan? wait = null;
        if ((parts & HasError) != 0 && !TryReadText(ref rest, out error))
            return null;
        if ((parts & HasRetryAfter) != 0)
        {
            if (rest.Length < sizeof(long))
                return null;
            wait = TimeSpan.FromTicks(BinaryPrimitives.ReadInt64LittleEndian(rest));
            rest = rest[sizeof(long)..];
        }

        if ((parts & HasContentType) != 0 && !TryReadText(ref rest, out type))
            return null;
        if ((parts & HasReply) == 0 && !rest.IsEmpty)
            return null;
        return new TaskOutcome
        {
            Kind = (TaskOutcomeKind)wire[1],
            WorkerStatus = BinaryPrimitives.ReadInt32LittleEndian(wire[3..]),
            Attempts = BinaryPrimitives.ReadInt32LittleEndian(wire[7..]),
            Error = error,
            RetryAfter = wait,
            Reply = (parts & HasReply) == 0 ? null : WorkerReply.CopyOf(rest, type),
        };
    }

    private static TaskOutcome OfState(TaskState state) => state switch
    {
        TaskState.Cancelled => Outcomes.Cancelled(),
        TaskState.Expired => new TaskOutcome
        {
            Kind = TaskOutcomeKind.Expired,
            Error = "The task did not start within its time to live.",
        },
        TaskState.Succeeded => Outcomes.Failed("The task succeeded, but its result is lost.", 0, timedOut: false),
        _ => Outcomes.Failed("The task failed.", 0, timedOut: false),
    };

    private static TaskOutcome Unreadable(TaskState state, string why) => Outcomes.Failed(
        $"The task has ended ({StateNames.Of(state)}), but the answer that another node gave is {why}.",
        0,
        timedOut: false);

    private static void WriteText(ref Span<byte> rest, string text)
    {
        var length = Encoding.UTF8.GetBytes(text, rest[sizeof(int)..]);
        BinaryPrimitives.WriteInt32LittleEndian(rest, length);
        rest = rest[(sizeof(int) + length)..];
    }

    private static bool TryReadText(ref ReadOnlySpan<byte> rest, out string? text)
    {
        text = null;
        if (rest.Length < sizeof(int))
            return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
        rest = rest[sizeof(int)..];
        if (length < 0 || length > rest.Length)
            return false;
        text = Encoding.UTF8.GetString(rest[..length]);
        rest = rest[length..];
        return true;
    }
}
