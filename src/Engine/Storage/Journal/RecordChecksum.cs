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
    /// <summary>The checksum of a task with this body.</summary>
    public static uint Of(QueuedTask task, ReadOnlySpan<byte> body)
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
        return Add(crc, body);
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
