namespace ActorBalancer.Engine.Telemetry;

/// <summary>A histogram of durations as it stood at one moment; two of them subtracted give what was between. Immutable.
/// </summary>
/// <param name="BoundsSeconds">Upper bounds of the buckets, growing, without the last, endless one.</param>
/// <param name="Counts">Values in each bucket; one more than bounds. Not cumulative.</param>
/// <param name="SumSeconds">Sum of all values.</param>
public sealed record LatencyFigures(
    IReadOnlyList<double> BoundsSeconds, IReadOnlyList<long> Counts, double SumSeconds)
{
    /// <summary>No value.</summary>
    public static LatencyFigures None { get; } = new([], [0], 0);
}
