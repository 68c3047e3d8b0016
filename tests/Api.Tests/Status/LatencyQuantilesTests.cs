using ActorBalancer.Api.Status;
using ActorBalancer.Engine.Telemetry;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Status;

public sealed class LatencyQuantilesTests
{
    private static readonly double[] Bounds = [0.01, 0.02, 0.04];

    [Fact]
    public void Between_NoValue_IsNull()
    {
        var figures = Of(3, 2, 1, 0);

        LatencyQuantiles.Between(figures, figures).ShouldBe(new LatencyQuantiles(null, null, null));
        LatencyQuantiles.Between(LatencyFigures.None, LatencyFigures.None).P50.ShouldBeNull();
    }

    [Fact]
    public void Between_TwoMoments_CountsOnlyWhatCameBetween()
    {
        // A hundred between 20 and 40 ms: whatever came before does not matter.
        var values = LatencyQuantiles.Between(Of(1000, 50, 7, 9), Of(1000, 50, 107, 9));

        values.P50!.Value.ShouldBe(30, 0.001);
        values.P95!.Value.ShouldBe(39, 0.001);
        values.P99!.Value.ShouldBe(39.8, 0.001);
    }

    [Fact]
    public void Between_BeforeTheFirstValue_CountsAll()
    {
        var values = LatencyQuantiles.Between(LatencyFigures.None, Of(90, 10, 0, 0));

        values.P50!.Value.ShouldBe(10 * 50 / 90.0, 0.001);
        values.P95!.Value.ShouldBe(15, 0.001);
    }

    [Fact]
    public void Between_BeyondTheLastBound_SaysTheLastBound()
    {
        var values = LatencyQuantiles.Between(Of(0, 0, 0, 0), Of(0, 1, 0, 99));

        values.P50!.Value.ShouldBe(40);
        values.P99!.Value.ShouldBe(40);
    }

    [Fact]
    public void Between_AnyValues_IsOffByLessThanTheBucketIsWide()
    {
        var random = new Random(7);
        var bounds = Enumerable.Range(1, 40).Select(static step => 0.001 * Math.Pow(1.3, step)).ToArray();
        for (var run = 0; run < 50; run++)
        {
            var values = Enumerable.Range(0, 500).Select(_ => bounds[^1] * random.NextDouble()).Order().ToArray();
            var counts = new long[bounds.Length + 1];
            foreach (var value in values)
                counts[BucketOf(value)]++;

            var found = LatencyQuantiles.Between(LatencyFigures.None, new LatencyFigures(bounds, counts, 0));

            foreach (var (share, milliseconds) in new[] { (0.5, found.P50), (0.95, found.P95), (0.99, found.P99) })
            {
                var exact = values[(int)Math.Ceiling(share * values.Length) - 1];
                var bucket = BucketOf(exact);
                var width = bounds[bucket] - (bucket == 0 ? 0 : bounds[bucket - 1]);
                (milliseconds!.Value / 1000).ShouldBe(exact, width);
            }
        }

        int BucketOf(double value) => Array.FindIndex(bounds, bound => value <= bound);
    }

    private static LatencyFigures Of(params long[] counts) => new(Bounds, counts, 0);
}
