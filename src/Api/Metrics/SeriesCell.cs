using ActorBalancer.Engine.Telemetry;

namespace ActorBalancer.Api.Metrics;

/// <summary>The value of one series, or its values by size. Thread-safe, without a lock.</summary>
/// <param name="bounds">Upper bounds of the buckets; null for what is no histogram.</param>
internal sealed class SeriesCell(double[]? bounds)
{
    private readonly long[]? _counts = bounds is null ? null : new long[bounds.Length + 1];
    private double _value;

    /// <summary>Adds to the value.</summary>
    public void Add(double value)
    {
        var before = Volatile.Read(ref _value);
        while (true)
        {
            var seen = Interlocked.CompareExchange(ref _value, before + value, before);
            if (BitConverter.DoubleToInt64Bits(seen) == BitConverter.DoubleToInt64Bits(before))
                return;
            before = seen;
        }
    }

    /// <summary>Puts a value in the place of the one before.</summary>
    public void Set(double value) => Volatile.Write(ref _value, value);

    /// <summary>Adds one of many values.</summary>
    public void Record(double value)
    {
        var bucket = 0;
        while (bucket < bounds!.Length && value > bounds[bucket])
            bucket++;
        Interlocked.Increment(ref _counts![bucket]);
        Add(value);
    }

    /// <summary>The series as it stands.</summary>
    public MetricPoint Read(string labels)
    {
        var value = Volatile.Read(ref _value);
        if (bounds is null)
            return new MetricPoint(labels, value, null);
        var counts = new long[_counts!.Length];
        for (var i = 0; i < counts.Length; i++)
            counts[i] = Volatile.Read(ref _counts[i]);
        return new MetricPoint(labels, 0, new LatencyFigures(bounds, counts, value));
    }
}
