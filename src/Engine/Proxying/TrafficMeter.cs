namespace ActorBalancer.Engine.Proxying;

/// <summary>Counts the attempts at one backend. On the way of each request: interlocked counters only. Any thread.
/// </summary>
internal sealed class TrafficMeter
{
    private static readonly AttemptKind[] Kinds = Enum.GetValues<AttemptKind>();

    private static readonly long[] BoundTicks =
        [.. BackendCounts.LatencyBounds.Select(static bound => (long)(bound * TimeSpan.TicksPerSecond))];

    private readonly long[] _answers = new long[5];
    private readonly long[] _failures = new long[Kinds.Length];
    private readonly long[] _latencies = new long[BoundTicks.Length + 1];
    private long _latencyTicks;
    private long _ejections;

    public void Count(in AttemptResult result)
    {
        if (result.Kind != AttemptKind.Answered)
        {
            Interlocked.Increment(ref _failures[(int)result.Kind]);
            return;
        }

        Interlocked.Increment(ref _answers[Math.Clamp(result.Status / 100, 1, 5) - 1]);
        Interlocked.Increment(ref _latencies[BucketOf(result.Latency.Ticks)]);
        Interlocked.Add(ref _latencyTicks, result.Latency.Ticks);
    }

    public long Ejections => Interlocked.Read(ref _ejections);

    public void CountEjection() => Interlocked.Increment(ref _ejections);

    public BackendCounts Read() => new()
    {
        Answers = Copy(_answers),
        Failures = Kinds.Where(static kind => kind != AttemptKind.Answered)
            .ToDictionary(static kind => kind, kind => Interlocked.Read(ref _failures[(int)kind])),
        Latencies = Copy(_latencies),
        LatencySum = TimeSpan.FromTicks(Interlocked.Read(ref _latencyTicks)),
        Ejections = Interlocked.Read(ref _ejections),
    };

    private static int BucketOf(long ticks)
    {
        var bounds = BoundTicks;
        var bucket = 0;
        while (bucket < bounds.Length && ticks > bounds[bucket])
            bucket++;
        return bucket;
    }

    private static long[] Copy(long[] counts)
    {
        var copy = new long[counts.Length];
        for (var index = 0; index < counts.Length; index++)
            copy[index] = Interlocked.Read(ref counts[index]);
        return copy;
    }
}
