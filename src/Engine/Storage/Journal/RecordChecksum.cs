using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>
/// CRC-32C over a task's record. SQLite checks the frames of its log but not the pages of its file: without this a
/// byte that flips on disk would reach a worker unseen. The encrypted worker key is left out: it has its own seal.
/// </summary>
internal static class RecordChecksum
{
    /// <summary>The checksum of a task with this body and these extras; empty extras count as none, so that records of
    /// version 1 keep theirs.</summary>
    public static uint Of(QueuedTask task, ReadOnlySpan<byte> body, ReadOnlySpan<byte> extras)
    {
        Span<byte> head = stackalloc byte[48];
        task.Id.Value.TryWriteBytes(head);
        BinaryPrimitives.WriteInt64LittleEndian(head[16..], task.Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(head[24..], task.CreatedAtMilliseconds);
        BinaryPrimitives.WriteInt32LittleEndian(head[32..], task.Queue.Contract);
        BinaryPrimitives.WriteInt32LittleEndian(head[36..], task.Priority);
        BinaryPrimitives.WriteInt32LittleEndian(head[40..], (int)task.Durability);
        BinaryPrimitives.WriteInt32LittleEndian(head[44..], body.Length);
        var crc = Add(uint.MaxValue, head);
        crc = Add(crc, MemoryMarshal.AsBytes(task.Queue.Group.AsSpan()));
        crc = Add(crc, MemoryMarshal.AsBytes(task.Function.AsSpan()));
        return Add(Add(crc, body), extras);
    }

    /// <summary>The checksum of what the archive keeps of a task beside its body.</summary>
    public static uint OfArchived(
        TaskId id,
        TaskState state,
        ReadOnlySpan<byte> result,
        ReadOnlySpan<byte> history,
        ReadOnlySpan<byte> extras,
        ReadOnlySpan<byte> events)
    {
        Span<byte> head = stackalloc byte[36];
        id.Value.TryWriteBytes(head);
        BinaryPrimitives.WriteInt32LittleEndian(head[16..], (int)state);
        BinaryPrimitives.WriteInt32LittleEndian(head[20..], result.Length);
        BinaryPrimitives.WriteInt32LittleEndian(head[24..], history.Length);
        BinaryPrimitives.WriteInt32LittleEndian(head[28..], extras.Length);
        BinaryPrimitives.WriteInt32LittleEndian(head[32..], events.Length);
        var crc = Add(Add(uint.MaxValue, head), result);
        return Add(Add(Add(crc, history), extras), events);
    }

    /// <summary>The checksum of an archived body.</summary>
    public static uint OfBody(TaskId id, ReadOnlySpan<byte> body)
    {
        Span<byte> head = stackalloc byte[20];
        id.Value.TryWriteBytes(head);
        BinaryPrimitives.WriteInt32LittleEndian(head[16..], body.Length);
        return Add(Add(uint.MaxValue, head), body);
    }

    private static uint Add(uint crc, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var value in bytes)
            crc = BitOperations.Crc32C(crc, value);
        return crc;
    }
}
