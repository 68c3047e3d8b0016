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

    /// <summary>Compares two ids by age, older first: their bytes in the order in which they are written.</summary>
    public static int CompareAge(TaskId a, TaskId b)
    {
        Span<byte> left = stackalloc byte[16];
        Span<byte> right = stackalloc byte[16];
        a.Value.TryWriteBytes(left, bigEndian: true, out _);
        b.Value.TryWriteBytes(right, bigEndian: true, out _);
        return left.SequenceCompareTo(right);
    }
}
