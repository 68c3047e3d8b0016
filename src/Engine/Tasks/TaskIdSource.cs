using System.Security.Cryptography;

namespace ActorBalancer.Engine.Tasks;

/// <summary>
/// Makes task ids without a system call each: the engine clock's milliseconds, 36 random bits of this process, and a
/// counter, laid out as a UUID of version 7 (RFC 9562, section 6.2, method 1). Thread-safe.
/// </summary>
internal sealed class TaskIdSource(EngineClock clock)
{
    private const int CounterBits = 38;

    private readonly ushort _randomA = (ushort)RandomNumberGenerator.GetInt32(0, 1 << 12);
    private readonly ulong _randomB = (ulong)RandomNumberGenerator.GetInt32(0, 1 << 24) << CounterBits;
    private long _counter;

    /// <summary>The next id, and the moment that it carries in Unix milliseconds.</summary>
    public TaskId Next(out long nowMilliseconds)
    {
        nowMilliseconds = clock.NowMilliseconds;
        var milliseconds = (ulong)nowMilliseconds;
        var low = _randomB | ((ulong)Interlocked.Increment(ref _counter) & ((1UL << CounterBits) - 1));
        return new TaskId(new Guid(
            (uint)(milliseconds >> 16),
            (ushort)milliseconds,
            (ushort)(0x7000 | _randomA),
            (byte)(0x80 | (low >> 56)),
            (byte)(low >> 48),
            (byte)(low >> 40),
            (byte)(low >> 32),
            (byte)(low >> 24),
            (byte)(low >> 16),
            (byte)(low >> 8),
            (byte)low));
    }
}
