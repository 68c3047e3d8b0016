namespace ActorBalancer.Engine.Proxying;

/// <summary>
/// Counts what happened in a window that ends now, in ten buckets: the oldest falls out as a whole. Any thread; no
/// lock, no allocation.
/// </summary>
/// <remarks>
/// Each bucket is one word, so that its time and its count change together: the upper 24 bits are the number of the
/// time slice it stands for (wrapping), the lower 40 bits the count.
/// </remarks>
/// <param name="window">What is looked back at; above zero.</param>
/// <param name="frequency">Ticks a second of the timestamps: <see cref="TimeProvider.TimestampFrequency"/>.</param>
internal sealed class SlidingCount(TimeSpan window, long frequency)
{
    private const int Buckets = 10;
    private const int CountBits = 40;
    private const long CountMask = (1L << CountBits) - 1;
    private const long SliceMask = (1L << 24) - 1;

    /// <summary>Slices by which a bucket may be ahead of a thread that was held up; more is the wrap.</summary>
    private const long AheadMax = 1024;

    private readonly long _sliceTicks = Math.Max(1, (long)(window.TotalSeconds * frequency / Buckets));
    private readonly long[] _words = new long[Buckets];

    /// <summary>Adds one.</summary>
    public void Add(long timestamp)
    {
        ref long word = ref WordOf(timestamp, out var slice);
        while (true)
        {
            var seen = Volatile.Read(ref word);
            var ahead = ((seen >>> CountBits) - slice) & SliceMask;
            if (ahead == 0)
            {
                Interlocked.Increment(ref word);
                return;
            }

            // Held up for a whole window: what it would add is no longer in it.
            if (ahead < AheadMax)
                return;
            if (Interlocked.CompareExchange(ref word, (slice << CountBits) | 1, seen) == seen)
                return;
        }
    }

    /// <summary>Adds one unless the window holds <paramref name="max"/> or more already.</summary>
    /// <returns>False when it does.</returns>
    public bool TryAdd(long timestamp, double max)
    {
        ref long word = ref WordOf(timestamp, out var slice);
        while (true)
        {
            var seen = Volatile.Read(ref word);
            if (Sum(timestamp) >= max)
                return false;
            var isCurrent = (seen >>> CountBits) == slice;
            var next = isCurrent ? seen + 1 : (slice << CountBits) | 1;
            if (Interlocked.CompareExchange(ref word, next, seen) == seen)
                return true;
        }
    }

    /// <summary>How many were added in the window that ends at <paramref name="timestamp"/>.</summary>
    public long Sum(long timestamp)
    {
        var slice = (timestamp / _sliceTicks) & SliceMask;
        long sum = 0;
        foreach (ref var word in _words.AsSpan())
        {
            var seen = Volatile.Read(ref word);
            if (((slice - (seen >>> CountBits)) & SliceMask) < Buckets)
                sum += seen & CountMask;
        }

        return sum;
    }

    /// <summary>Forgets everything; what is added at the same moment may be lost.</summary>
    public void Clear() => Array.Clear(_words);

    private ref long WordOf(long timestamp, out long slice)
    {
        var number = timestamp / _sliceTicks;
        slice = number & SliceMask;
        return ref _words[(int)(number % Buckets)];
    }
}
