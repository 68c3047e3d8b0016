using System.Runtime.InteropServices;

namespace ActorBalancer.Engine.Routing;

/// <summary>
/// A counter that many threads advance, alone on its cache line, so that the writes do not take the table's read-only
/// fields away from the other cores. 64 bytes is the line of x86-64 and of most ARM64 cores.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal struct IsolatedCounter(long start)
{
    [FieldOffset(64)]
    private long _value = start;

    public long Read() => Volatile.Read(ref _value);

    /// <summary>Takes the present value and moves on by one.</summary>
    public long Take() => Interlocked.Increment(ref _value) - 1;

    /// <summary>Moves on by <paramref name="step"/>, wrapping around, and gives the new value.</summary>
    public long Add(long step) => Interlocked.Add(ref _value, step);

    /// <summary>Moves from one value to another; false when another thread was first.</summary>
    public bool TryMove(long from, long to) => Interlocked.CompareExchange(ref _value, to, from) == from;
}
