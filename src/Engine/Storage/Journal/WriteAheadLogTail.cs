using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>
/// What lies in a write-ahead log behind its last whole commit. SQLite leaves it out without a word; a person who reads
/// the log after a crash wants to know. Source of the format: "WAL File Format" in SQLite's documentation.
/// </summary>
/// <param name="Bytes">Bytes that belong to no whole commit; what an earlier round of the log has left is not counted.
/// </param>
/// <param name="Frames">Frames among them, the last of which may be cut.</param>
internal sealed record WriteAheadLogTail(long Bytes, long Frames)
{
    private const int HeaderBytes = 32;
    private const int FrameHeaderBytes = 24;
    private const uint Magic = 0x377F0682; // the lowest bit tells the byte order of the checksums
    private const uint FormatVersion = 3_007_000;

    /// <summary>A log that ends where it should.</summary>
    public static WriteAheadLogTail None { get; } = new(0, 0);

    /// <summary>Looks at a log that nobody has open; nothing for a missing or empty one.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static WriteAheadLogTail Inspect(string path)
    {
        if (!File.Exists(path))
            return None;
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var length = RandomAccess.GetLength(file);
        var header = new byte[HeaderBytes];
        if (length == 0)
            return None;
        if (RandomAccess.Read(file, header, 0) < HeaderBytes || !IsHeader(header))
            return new WriteAheadLogTail(length, 0);

        var frame = new byte[FrameHeaderBytes + (int)Word(header, 8)];
        var committed = FindLastCommit(file, header, frame);
        return CountTail(file, header, frame.Length, committed, length);
    }

    private static bool IsHeader(ReadOnlySpan<byte> header)
    {
        var pageBytes = Word(header, 8);
        if ((Word(header, 0) & ~1u) != Magic || Word(header, 4) != FormatVersion
            || pageBytes is < 512 or > 65536 || !uint.IsPow2(pageBytes))
            return false;
        var sum = Add(default, header[..24], IsBigEndian(header));
        return sum == (Word(header, 24), Word(header, 28));
    }

    /// <summary>Follows the chain of checksums as SQLite does. Returns the end of the last frame that
    /// commits.</summary>
    private static long FindLastCommit(
        SafeFileHandle file, ReadOnlySpan<byte> header, byte[] frame)
    {
        var isBigEndian = IsBigEndian(header);
        var sum = (Word(header, 24), Word(header, 28));
        long offset = HeaderBytes;
        long committed = HeaderBytes;
        while (RandomAccess.Read(file, frame, offset) == frame.Length)
        {
            if (Word(frame, 8) != Word(header, 16) || Word(frame, 12) != Word(header, 20))
                break;
            sum = Add(Add(sum, frame.AsSpan(0, 8), isBigEndian), frame.AsSpan(FrameHeaderBytes), isBigEndian);
            if (sum != (Word(frame, 16), Word(frame, 20)))
                break;
            offset += frame.Length;
            if (Word(frame, 4) != 0)
                committed = offset;
        }

        return committed;
    }

    private static WriteAheadLogTail CountTail(
        SafeFileHandle file, ReadOnlySpan<byte> header, int frameBytes, long start, long length)
    {
        var tail = None;
        var isLeftover = false;
        var head = new byte[FrameHeaderBytes];
        for (var offset = start; offset < length; offset += frameBytes)
        {
            // A cut frame without salts is what the one before it was.
            if (RandomAccess.Read(file, head, offset) >= 16)
            {
                // The log starts over in the room that it has; each time its first salt grows by one, and the
                // header counts how often that was. So frames of an earlier round can be told from garbage.
                var age = Word(header, 16) - Word(head, 8);
                isLeftover = age >= 1 && age <= Word(header, 12);
            }

            if (!isLeftover)
                tail = new WriteAheadLogTail(tail.Bytes + Math.Min(frameBytes, length - offset), tail.Frames + 1);
        }

        return tail;
    }

    private static bool IsBigEndian(ReadOnlySpan<byte> header) => (Word(header, 0) & 1) != 0;

    private static uint Word(ReadOnlySpan<byte> bytes, int offset) =>
        BinaryPrimitives.ReadUInt32BigEndian(bytes[offset..]);

    private static (uint A, uint B) Add((uint A, uint B) sum, ReadOnlySpan<byte> bytes, bool isBigEndian)
    {
        var (a, b) = sum;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            var (x, y) = isBigEndian
                ? (BinaryPrimitives.ReadUInt32BigEndian(bytes), BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]))
                : (BinaryPrimitives.ReadUInt32LittleEndian(bytes), BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]));
            a += x + b;
            b += y + a;
        }

        return (a, b);
    }
}
