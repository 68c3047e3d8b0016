using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using ActorBalancer.Engine.Storage.Journal;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>What never changes of a task, as the member <see cref="RedisField.Constants"/> holds it: a byte of format,
/// then numbers (little-endian) and texts with their lengths. A later version may add to the end: what is left over is
/// not read, so that two versions can work side by side.</summary>
internal sealed record RedisConstants
{
    private const byte Format = 1;
    private const int FixedBytes = 1 + 1 + 4 + 8 + 4;
    private const int LengthBytes = 4;
    private const int Absent = -1;

    public required TaskDurability Durability { get; init; }

    public required int Priority { get; init; }

    public required long CreatedAtMilliseconds { get; init; }

    public required int BodyBytes { get; init; }

    public required string Function { get; init; }

    public string? Caller { get; init; }

    /// <summary>In the clear; null for none, and when it was sealed under another balancer key.</summary>
    public string? WorkerKey { get; init; }

    public required TaskExtras Extras { get; init; }

    /// <summary>Stands for bytes that cannot be read.</summary>
    public static RedisConstants Damaged { get; } = new()
    {
        Durability = TaskDurability.Committed,
        Priority = 1,
        CreatedAtMilliseconds = 0,
        BodyBytes = 0,
        Function = "",
        Extras = TaskExtras.None,
    };

    /// <summary>Writes them; secrets are sealed.</summary>
    public static byte[] Write(QueuedTask task, RedisCiphers ciphers)
    {
        byte[]? workerKey = null;
        byte[]? extras = null;
        if (task.WorkerKey is not null || task.Options.Webhook is not null)
        {
            (workerKey, extras) = ciphers.Use(task, static (cipher, task) => (
                task.WorkerKey is null ? null : cipher.Seal(task.WorkerKey),
                TaskExtras.Write(task.Options, task.TraceParent, cipher)));
        }
        else if (task.TraceParent is not null || !ReferenceEquals(task.Options, TaskOptions.Default))
        {
            extras = ciphers.Use(task, static (cipher, task) =>
                TaskExtras.Write(task.Options, task.TraceParent, cipher));
        }

        var length = FixedBytes + (4 * LengthBytes) + Encoding.UTF8.GetByteCount(task.Function)
            + Encoding.UTF8.GetByteCount(task.Caller ?? "") + (workerKey?.Length ?? 0) + (extras?.Length ?? 0);
        var bytes = new byte[length];
        bytes[0] = Format;
        bytes[1] = (byte)task.Durability;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(2), task.Priority);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(6), task.CreatedAtMilliseconds);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(14), task.BodyBytes);
        var rest = bytes.AsSpan(FixedBytes);
        WriteText(ref rest, task.Function);
        WriteText(ref rest, task.Caller);
        WriteBytes(ref rest, workerKey);
        WriteBytes(ref rest, extras);
        return bytes;
    }

    /// <summary>Reads them; <see cref="Damaged"/> when they are not what <see cref="Write"/> wrote.</summary>
    public static RedisConstants Read(ReadOnlySpan<byte> bytes, RedisCiphers ciphers)
    {
        if (bytes.Length < FixedBytes || bytes[0] != Format)
            return Damaged;
        try
        {
            var rest = bytes[FixedBytes..];
            var function = ReadText(ref rest);
            var caller = ReadText(ref rest);
            var workerKey = ReadBytes(ref rest, out var hasKey);
            var extras = ReadBytes(ref rest, out _);
            return new RedisConstants
            {
                Durability = (TaskDurability)bytes[1],
                Priority = BinaryPrimitives.ReadInt32LittleEndian(bytes[2..]),
                CreatedAtMilliseconds = BinaryPrimitives.ReadInt64LittleEndian(bytes[6..]),
                BodyBytes = BinaryPrimitives.ReadInt32LittleEndian(bytes[14..]),
                Function = function ?? "",
                Caller = caller,
                WorkerKey = hasKey
                    ? ciphers.Use(workerKey.ToArray(), static (cipher, key) => cipher.Open(key))
                    : null,
                Extras = extras.IsEmpty
                    ? TaskExtras.None
                    : ciphers.Use(extras.ToArray(), static (cipher, json) => TaskExtras.Read(json, cipher, out _)),
            };
        }
        catch (Exception exception) when (exception is ArgumentOutOfRangeException or JsonException)
        {
            return Damaged;
        }
    }

    /// <summary>The creation time alone.</summary>
    public static long? ReadCreatedAt(ReadOnlySpan<byte> bytes) =>
        bytes.Length < FixedBytes || bytes[0] != Format
            ? null
            : BinaryPrimitives.ReadInt64LittleEndian(bytes[6..]);

    private static void WriteText(ref Span<byte> rest, string? text)
    {
        var length = text is null ? Absent : Encoding.UTF8.GetBytes(text, rest[LengthBytes..]);
        BinaryPrimitives.WriteInt32LittleEndian(rest, length);
        rest = rest[(LengthBytes + Math.Max(length, 0))..];
    }

    private static void WriteBytes(ref Span<byte> rest, byte[]? bytes)
    {
        BinaryPrimitives.WriteInt32LittleEndian(rest, bytes?.Length ?? Absent);
        bytes?.CopyTo(rest[LengthBytes..]);
        rest = rest[(LengthBytes + (bytes?.Length ?? 0))..];
    }

    private static string? ReadText(ref ReadOnlySpan<byte> rest)
    {
        var text = ReadBytes(ref rest, out var isThere);
        return isThere ? Encoding.UTF8.GetString(text) : null;
    }

    private static ReadOnlySpan<byte> ReadBytes(ref ReadOnlySpan<byte> rest, out bool isThere)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rest.Length, LengthBytes, nameof(rest));
        var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
        isThere = length >= 0;
        rest = rest[LengthBytes..];
        var bytes = rest[..Math.Max(length, 0)];
        rest = rest[bytes.Length..];
        return bytes;
    }
}
