using System.Runtime.InteropServices;
using ActorBalancer.Engine.Telemetry;

namespace ActorBalancer.Api.Status;

/// <summary>How long it took for half of the values, for 95 and for 99 in a hundred, between two moments.</summary>
/// <remarks>Taken from the difference of two histograms, evenly spread inside a bucket: the true value lies in the same
/// bucket, so the error is less than the bucket is wide. Beyond the last bound that bound is told.</remarks>
/// <param name="P50">Milliseconds; null when there was no value. So are the others.</param>
/// <param name="P95">Milliseconds.</param>
/// <param name="P99">Milliseconds.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct LatencyQuantiles(double? P50, double? P95, double? P99)
{
    /// <summary>Those of the values that came between two moments.</summary>
    /// <param name="before">The earlier.</param>
    /// <param name="after">The later; its buckets count.</param>
    public static LatencyQuantiles Between(LatencyFigures before, LatencyFigures after)
    {
        var counts = new long[after.Counts.Count];
        var total = 0L;
        var isSameShape = before.Counts.Count == counts.Length;
        for (var index = 0; index < counts.Length; index++)
        {
            counts[index] = Math.Max(0, after.Counts[index] - (isSameShape ? before.Counts[index] : 0));
            total += counts[index];
        }

        return total == 0
            ? default
            : new LatencyQuantiles(At(0.5), At(0.95), At(0.99));

        double At(double share) => MillisecondsAt(after.BoundsSeconds, counts, share * total);
    }

    private static double MillisecondsAt(IReadOnlyList<double> bounds, long[] counts, double rank)
    {
        var below = 0L;
        for (var index = 0; index < bounds.Count; index++)
        {
            if (below + counts[index] >= rank && counts[index] > 0)
            {
                var lower = index == 0 ? 0 : bounds[index - 1];
                return (lower + ((bounds[index] - lower) * ((rank - below) / counts[index]))) * 1000;
            }

            below += counts[index];
        }

        return bounds.Count == 0 ? 0 : bounds[^1] * 1000;
    }
}
