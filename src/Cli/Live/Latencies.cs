using System.Numerics;

namespace ActorBalancer.Cli.Live;

/// <summary>Counts times in a memory that does not grow, each exact to one part in 64. Thread-safe.</summary>
internal sealed class Latencies
{
    private const int StepsLog = 6;
    private const int Steps = 1 << StepsLog;
    private readonly long[] _counts = new long[Steps * (64 - StepsLog)];
    private long _count;
    private long _max;

    /// <summary>How many were added.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>The longest in microseconds, exact; 0 when there is none.</summary>
    public long MaxMicroseconds => Volatile.Read(ref _max);

    /// <summary>Adds a time.</summary>
    public void Add(TimeSpan time)
    {
        var microseconds = Math.Max(0, (long)time.TotalMicroseconds);
        Interlocked.Increment(ref _counts[Place(microseconds)]);
        Interlocked.Increment(ref _count);
        for (var max = MaxMicroseconds; microseconds > max;)
        {
            var seen = Interlocked.CompareExchange(ref _max, microseconds, max);
            if (seen == max)
                break;
            max = seen;
        }
    }

    /// <summary>The time that so many of a hundred do not exceed, in milliseconds; null when there is none.</summary>
    /// <param name="percent">Above 0, at most 100.</param>
    public double? Percentile(double percent)
    {
        var count = Count;
        if (count == 0)
            return null;
        var wanted = Math.Max(1, (long)Math.Ceiling(count * percent / 100));
        for (var i = 0; i < _counts.Length; i++)
        {
            wanted -= Volatile.Read(ref _counts[i]);
            if (wanted <= 0)
                return Math.Min(Upper(i), MaxMicroseconds) / 1000.0;
        }

        return MaxMicroseconds / 1000.0;
    }

    // The first places are one microsecond wide, then each doubling of time has as many.
    private static int Place(long microseconds)
    {
        if (microseconds < Steps)
            return (int)microseconds;
        var shift = BitOperations.Log2((ulong)microseconds) - StepsLog;
        return ((shift + 1) * Steps) + (int)((microseconds >> shift) & (Steps - 1));
    }

    private static long Upper(int place)
    {
        var (shift, step) = (Math.Max(0, (place / Steps) - 1), place % Steps);
        return place < Steps ? place : ((((long)Steps + step + 1) << shift) - 1);
    }
}
