using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ActorBalancer.Engine.Storage.Journal;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;
using StackExchange.Redis;

namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>A task's hash: its members as bytes and back.</summary>
internal static class RedisRecord
{
    private const byte Format = 1;

    /// <summary>Bytes of an event before its data: format, kind, id, moment, whether data follows.</summary>
    public const int EventHeadBytes = 1 + 1 + 8 + 8 + 1;

    /// <summary>Bytes of an end before its texts: format, moment, status, lengths of content type and error.</summary>
    private const int EndHeadBytes = 1 + 8 + 4 + 4 + 4;

    /// <summary>Digits of a place before the id: priority and sequence.</summary>
    private const int PlaceIdStart = 24;

    private const int PlaceSequenceStart = 8;

    /// <summary>Members for <see cref="Read"/> without result and body, for lists.</summary>
    public static RedisValue[] Shown { get; } =
    [
        RedisField.Constants, RedisField.State, RedisField.Attempt, RedisField.Token, RedisField.Runner,
        RedisField.Due, RedisField.History, RedisField.Running, RedisField.End, RedisField.Delivery,
        RedisField.KeptUntil,
    ];

    /// <summary>Members for <see cref="Read"/> without the body.</summary>
    public static RedisValue[] Whole { get; } = [.. Shown, RedisField.Result];

    /// <summary>All members for <see cref="Read"/>.</summary>
    public static RedisValue[] WithBody { get; } = [.. Whole, RedisField.Body];

    /// <summary>Reads what is there of <see cref="Shown"/>, <see cref="Whole"/> or <see cref="WithBody"/>, in that
    /// order; null when there is no such task. Events are a list of their own and are not part of it.</summary>
    public static SharedTask? Read(TaskId id, QueueKey queue, RedisValue[] values, RedisCiphers ciphers)
    {
        if (values[0].IsNull || values[1].IsNull)
            return null;
        var constants = RedisConstants.Read((byte[])values[0]!, ciphers);
        var state = (TaskState)(int)values[1];
        var history = ReadHistory(values[6]) ?? [];
        if (state == TaskState.Running && ReadAttempt(values[7]) is { } running)
            history = [.. history, running];
        var options = constants.Extras.Options;
        var due = ToLong(values[5]);
        var snapshot = new TaskSnapshot
        {
            Id = id,
            State = state,
            Queue = queue,
            Function = constants.Function,
            Priority = constants.Priority,
            Mode = options.Mode,
            Tags = options.Tags,
            OrderingKey = options.OrderingKey,
            TraceParent = constants.Extras.TraceParent,
            CreatedAtMilliseconds = constants.CreatedAtMilliseconds,
            DueAtMilliseconds = due > 0 ? due : options.RunAtMilliseconds,
            StartedAtMilliseconds = TaskSnapshots.FirstStart(history),
            KeptUntilMilliseconds = ToLong(values[10]),
            Attempts = history,
            Delivery = ReadDelivery(values[9]),
            Result = values.Length > 11 ? (byte[]?)values[11] : null,
        };
        var task = new ArchivedTask
        {
            Snapshot = ReadEnd(snapshot, values[8]),
            Options = options,
            Body = values.Length > 12 ? (byte[]?)values[12] : null,
            WorkerKey = constants.WorkerKey,
            TraceParent = constants.Extras.TraceParent,
            Attempt = (int)ToLong(values[2]),
        };
        return new SharedTask(task, ToLong(values[3]), (string?)values[4], constants.Caller);
    }

    /// <summary>Makes a task that this node has just leased, or that it ends.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="queue">Its queue.</param>
    /// <param name="values">Members constants, body, attempt, token, place, history, due time.</param>
    /// <param name="state">Its state.</param>
    /// <param name="ciphers">Open its secrets.</param>
    public static QueuedTask ReadTask(
        TaskId id, QueueKey queue, ReadOnlySpan<RedisValue> values, TaskState state, RedisCiphers ciphers)
    {
        var constants = values[0].IsNull
            ? RedisConstants.Damaged
            : RedisConstants.Read((byte[])values[0]!, ciphers);
        return new QueuedTask
        {
            Id = id,
            Queue = queue,
            Function = constants.Function,
            Priority = constants.Priority,
            CreatedAtMilliseconds = constants.CreatedAtMilliseconds,
            Durability = constants.Durability,
            WorkerKey = constants.WorkerKey,
            Options = constants.Extras.Options,
            TraceParent = constants.Extras.TraceParent,
            Caller = constants.Caller,
            BodyBytes = constants.BodyBytes,
            Body = ReferenceEquals(constants, RedisConstants.Damaged) ? null : (byte[]?)values[1],
            Attempt = (int)ToLong(values[2]),
            LeaseToken = ToLong(values[3]),
            Sequence = SequenceOfPlace((string?)values[4]),
            History = ReadHistory(values[5]),
            DueAtMilliseconds = ToLong(values[6]),
            State = state,
        };
    }

    /// <summary>How it ended, for <see cref="RedisField.End"/>: without result, events, reply, delivery and
    /// retention, which have places of their own.</summary>
    public static byte[] WriteEnd(TaskEnd end)
    {
        var type = end.ResultContentType is null ? [] : Encoding.UTF8.GetBytes(end.ResultContentType);
        var error = end.Error is null ? [] : Encoding.UTF8.GetBytes(end.Error);
        var bytes = new byte[EndHeadBytes + type.Length + error.Length];
        bytes[0] = Format;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(1), end.AtMilliseconds);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(9), end.WorkerStatus);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(13), end.ResultContentType is null ? -1 : type.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(17), end.Error is null ? -1 : error.Length);
        type.CopyTo(bytes, EndHeadBytes);
        error.CopyTo(bytes, EndHeadBytes + type.Length);
        return bytes;
    }

    /// <summary>A delivery for <see cref="RedisField.Delivery"/>: <c>state|tries|due|status|error</c>.</summary>
    public static string WriteDelivery(WebhookDelivery delivery)
    {
        var (state, tries, due, status, error) = delivery;
        return string.Create(CultureInfo.InvariantCulture, $"{(int)state}|{tries}|{due}|{status}|{error}");
    }

    /// <summary>Reads what <see cref="WriteDelivery"/> wrote; null for nothing.</summary>
    public static WebhookDelivery? ReadDelivery(RedisValue value)
    {
        if (value.IsNullOrEmpty)
            return null;
        var parts = ((string)value!).Split('|', 5);
        return new WebhookDelivery(
            (WebhookDeliveryState)int.Parse(parts[0], CultureInfo.InvariantCulture),
            int.Parse(parts[1], CultureInfo.InvariantCulture),
            long.Parse(parts[2], CultureInfo.InvariantCulture),
            int.Parse(parts[3], CultureInfo.InvariantCulture),
            parts[4].Length == 0 ? null : parts[4]);
    }

    /// <summary>An event for the list of a task's events.</summary>
    public static byte[] WriteEvent(TaskEvent told)
    {
        var bytes = new byte[EventHeadBytes + (told.Data?.Length ?? 0)];
        bytes[0] = Format;
        bytes[1] = (byte)told.Kind;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(2), told.Id);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(10), told.AtMilliseconds);
        bytes[18] = told.Data is null ? (byte)0 : (byte)1;
        told.Data?.CopyTo(bytes, EventHeadBytes);
        return bytes;
    }

    /// <summary>Reads what <see cref="WriteEvent"/> wrote.</summary>
    public static TaskEvent ReadEvent(byte[] bytes) => new(
        BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(2)),
        (TaskEventKind)bytes[1],
        BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(10)),
        bytes[18] == 0 ? null : bytes[EventHeadBytes..]);

    /// <summary>An attempt for <see cref="RedisField.Running"/>.</summary>
    public static byte[] WriteAttempt(AttemptRecord attempt) =>
        JsonSerializer.SerializeToUtf8Bytes(attempt, JournalJson.Default.AttemptRecord);

    /// <summary>The sequence inside of a place; 0 when there is none.</summary>
    public static long SequenceOfPlace(string? place) =>
        place is not null && place.Length > PlaceIdStart
        && long.TryParse(
            place.AsSpan(PlaceSequenceStart, PlaceIdStart - PlaceSequenceStart), NumberStyles.None,
            CultureInfo.InvariantCulture, out var sequence)
            ? sequence
            : 0;

    private static long ToLong(RedisValue value) => value.IsNullOrEmpty ? 0 : (long)value;

    private static AttemptRecord[]? ReadHistory(RedisValue value)
    {
        try
        {
            return value.IsNullOrEmpty ? null : JournalJson.ReadHistory((byte[])value!);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static AttemptRecord? ReadAttempt(RedisValue value)
    {
        try
        {
            return value.IsNullOrEmpty
                ? null
                : JsonSerializer.Deserialize((byte[])value!, JournalJson.Default.AttemptRecord);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static TaskSnapshot ReadEnd(TaskSnapshot snapshot, RedisValue value)
    {
        if (value.IsNullOrEmpty)
            return snapshot;
        var bytes = ((byte[])value!).AsSpan();
        if (bytes.Length < EndHeadBytes || bytes[0] != Format)
            return snapshot;
        var typeLength = BinaryPrimitives.ReadInt32LittleEndian(bytes[13..]);
        var errorLength = BinaryPrimitives.ReadInt32LittleEndian(bytes[17..]);
        var errorStart = EndHeadBytes + Math.Max(typeLength, 0);
        return snapshot with
        {
            FinishedAtMilliseconds = BinaryPrimitives.ReadInt64LittleEndian(bytes[1..]),
            WorkerStatus = BinaryPrimitives.ReadInt32LittleEndian(bytes[9..]),
            ResultContentType = typeLength < 0 ? null : Encoding.UTF8.GetString(bytes.Slice(EndHeadBytes, typeLength)),
            Error = errorLength < 0 ? null : Encoding.UTF8.GetString(bytes.Slice(errorStart, errorLength)),
        };
    }
}
