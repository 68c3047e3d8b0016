namespace ActorBalancer.Engine.Telemetry;

/// <summary>Durations of tasks by size. Many threads may record at once, without a lock; what is read meanwhile may
/// lack the newest values, never counts one twice.</summary>
internal sealed class LatencyBuckets
{
    /// <summary>Upper bounds in milliseconds, inclusive; the last bucket has none. Steps of 1, 2, 5 from a millisecond
    /// (the engine's clock knows no less) to ten seconds, then those at which people set their timeouts. Source: ours.
    /// </summary>
    private static readonly long[] BoundsMilliseconds =
        [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000,
            600_000];

    private readonly long[] _counts = new long[BoundsMilliseconds.Length + 1];
    private long _sumMilliseconds;

    /// <summary>The same bounds in seconds.</summary>
    public static IReadOnlyList<double> BoundsSeconds { get; } =
        [.. BoundsMilliseconds.Select(static bound => bound / 1000.0)];

    /// <summary>Adds a duration; what is negative counts as zero.</summary>
    public void Record(long milliseconds)
    {
        if (milliseconds < 0)
            milliseconds = 0;
        var bucket = 0;
        while (bucket < BoundsMilliseconds.Length && milliseconds > BoundsMilliseconds[bucket])
            bucket++;
        Interlocked.Increment(ref _counts[bucket]);
        if (milliseconds > 0)
            Interlocked.Add(ref _sumMilliseconds, milliseconds);
    }

    /// <summary>A copy.</summary>
    public LatencyFigures Read()
    {
        var counts = new long[_counts.Length];
        for (var i = 0; i < counts.Length; i++)
            counts[i] = Volatile.Read(ref _counts[i]);
        return new LatencyFigures(BoundsSeconds, counts, Interlocked.Read(ref _sumMilliseconds) / 1000.0);
    }

    /// <summary>All of them together.</summary>
    public static LatencyFigures Sum(IEnumerable<LatencyFigures> many)
    {
        var counts = new long[BoundsMilliseconds.Length + 1];
        var sum = 0.0;
        foreach (var one in many)
        {
            sum += one.SumSeconds;
            for (var i = 0; i < counts.Length; i++)
                counts[i] += one.Counts[i];
        }

        return new LatencyFigures(BoundsSeconds, counts, sum);
    }
}
