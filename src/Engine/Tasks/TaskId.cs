using System.Buffers.Binary;

namespace ActorBalancer.Engine.Tasks;

/// <summary>Identity of a task: unique over nodes and restarts, and in order of creation inside a node.</summary>
/// <remarks>
/// A UUID of version 7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then a counter and chance.
/// </remarks>
public readonly record struct TaskId(Guid Value)
{
    /// <summary>32 lower-case hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("N");

    /// <summary>Reads what <see cref="ToString"/> wrote; false for anything else.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TaskId id)
    {
        var parsed = Guid.TryParseExact(text, "N", out var value);
        id = new TaskId(value);
        return parsed;
    }

    /// <summary>The id as a number, its bytes in the order in which they are written: a newer task's is greater.
    /// </summary>
    internal UInt128 Age
    {
        get
        {
            Span<byte> bytes = stackalloc byte[16];
            Value.TryWriteBytes(bytes, bigEndian: true, out _);
            return BinaryPrimitives.ReadUInt128BigEndian(bytes);
        }
    }

    /// <summary>Compares two ids by age, older first.</summary>
    public static int CompareAge(TaskId a, TaskId b) => a.Age.CompareTo(b.Age);
}
