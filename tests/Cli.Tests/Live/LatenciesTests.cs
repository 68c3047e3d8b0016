using ActorBalancer.Cli.Live;
using Shouldly;
using Xunit;

namespace ActorBalancer.Cli.Tests.Live;

public sealed class LatenciesTests
{
    [Fact]
    public void Percentile_None_IsNull() => new Latencies().Percentile(50).ShouldBeNull();

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(1_000)]
    [InlineData(123_456)]
    [InlineData(60_000_000)]
    [InlineData(long.MaxValue / 100)]
    public void Percentile_OneValue_IsThatValue(long microseconds)
    {
        var latencies = new Latencies();

        latencies.Add(TimeSpan.FromTicks(microseconds * TimeSpan.TicksPerMicrosecond));

        latencies.Percentile(99)!.Value.ShouldBe(microseconds / 1000.0, microseconds / 1000.0 / 64);
    }

    [Fact]
    public void Percentile_ManyValues_ExactToOnePartIn64()
    {
        var latencies = new Latencies();
        for (var i = 1; i <= 100_000; i++)
            latencies.Add(TimeSpan.FromMicroseconds(i));

        foreach (var percent in (double[])[1, 50, 90, 99, 99.9])
            latencies.Percentile(percent)!.Value.ShouldBe(percent, percent / 64);
        latencies.Percentile(100).ShouldBe(100);
        latencies.Count.ShouldBe(100_000);
    }
}
