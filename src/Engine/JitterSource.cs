namespace ActorBalancer.Engine;

/// <summary>Random delays for back-offs, repeatable from a seed. Thread-safe; off the hot path.</summary>
internal sealed class JitterSource(int? seed)
{
    private readonly Lock _lock = new();
    private readonly Random _random = seed is { } value ? new Random(value) : new Random();

    /// <summary>Exponential back-off with full jitter: evenly from zero to
    /// min(<paramref name="max"/>, <paramref name="first"/> * 2^(<paramref name="attempt"/> - 1)).</summary>
    /// <remarks>Source: Brooker, "Exponential Backoff And Jitter", 2015.</remarks>
    public TimeSpan Full(TimeSpan first, TimeSpan max, int attempt)
        => Ceiling(first, max, attempt) * NextDouble();

    /// <summary>Exponential back-off between half and the whole of the same ceiling: for reconnects, which must not
    /// follow at once.</summary>
    public TimeSpan Half(TimeSpan first, TimeSpan max, int attempt)
        => Ceiling(first, max, attempt) * (0.5 + (NextDouble() / 2));

    private static TimeSpan Ceiling(TimeSpan first, TimeSpan max, int attempt)
    {
        // 2^30 is beyond every allowed maximum; a larger shift would overflow.
        var ceiling = first * (1L << Math.Clamp(attempt - 1, 0, 30));
        return ceiling < max ? ceiling : max;
    }

    private double NextDouble()
    {
        lock (_lock)
            return _random.NextDouble();
    }
}
