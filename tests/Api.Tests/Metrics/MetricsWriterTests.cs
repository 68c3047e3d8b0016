using System.Buffers;
using System.Text;
using ActorBalancer.Api.Metrics;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Metrics;

public sealed class MetricsWriterTests
{
    private static readonly MetricFamily[] Families =
    [
        new("lb_seen", MetricKind.Counter, "Back\\slash, \"quotes\" and\nlines", [new("a=\"1\"", 3, null)]),
        new("lb_size_bytes", MetricKind.Gauge, "", [new("", 0.5, null)]),
        new("lb_wait_seconds", MetricKind.Histogram, "Waits.", [new("g=\"x\"", 0, new([0.1, 1], [2, 0, 1], 7.25))]),
    ];

    [Fact]
    public void Write_Text_IsTheFormat004() => Write(MetricsFormat.Text).ShouldBe("""
        # HELP lb_seen_total Back\\slash, "quotes" and\nlines
        # TYPE lb_seen_total counter
        lb_seen_total{a="1"} 3
        # TYPE lb_size_bytes gauge
        lb_size_bytes 0.5
        # HELP lb_wait_seconds Waits.
        # TYPE lb_wait_seconds histogram
        lb_wait_seconds_bucket{g="x",le="0.1"} 2
        lb_wait_seconds_bucket{g="x",le="1.0"} 2
        lb_wait_seconds_bucket{g="x",le="+Inf"} 3
        lb_wait_seconds_sum{g="x"} 7.25
        lb_wait_seconds_count{g="x"} 3

        """.ReplaceLineEndings("\n"));

    [Fact]
    public void Write_OpenMetrics_NamesUnitsAndTheEnd() => Write(MetricsFormat.OpenMetrics).ShouldBe("""
        # HELP lb_seen Back\\slash, \"quotes\" and\nlines
        # TYPE lb_seen counter
        lb_seen_total{a="1"} 3
        # TYPE lb_size_bytes gauge
        # UNIT lb_size_bytes bytes
        lb_size_bytes 0.5
        # HELP lb_wait_seconds Waits.
        # TYPE lb_wait_seconds histogram
        # UNIT lb_wait_seconds seconds
        lb_wait_seconds_bucket{g="x",le="0.1"} 2
        lb_wait_seconds_bucket{g="x",le="1.0"} 2
        lb_wait_seconds_bucket{g="x",le="+Inf"} 3
        lb_wait_seconds_sum{g="x"} 7.25
        lb_wait_seconds_count{g="x"} 3
        # EOF

        """.ReplaceLineEndings("\n"));

    [Theory]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(9007199254740991, "9007199254740991")]
    [InlineData(0.1, "0.1")]
    public void NumberOf_AnyNumber_IsWhatPrometheusReads(double value, string text) =>
        MetricText.NumberOf(value).ShouldBe(text);

    [Fact]
    public void LabelsOf_ValuesFromOutside_StayWithinTheirQuotes()
    {
        var evil = "a\"} 1\nlb_evil{x=\"\\";

        MetricText.LabelsOf([new("some.name", evil), new("n", null)])
            .ShouldBe("""some_name="a\"} 1\nlb_evil{x=\"\\",n="" """.TrimEnd());
    }

    [Fact]
    public void LabelsOf_LongValue_IsCutBetweenCharacters()
    {
        var labels = MetricText.LabelsOf([new("n", new string('x', MetricText.ValueLengthMax - 1) + "😀")]);

        labels.ShouldBe($"n=\"{new string('x', MetricText.ValueLengthMax - 1)}\"");
    }

    [Theory]
    [InlineData("lb_a_total", null, MetricKind.Counter, "lb_a")]
    [InlineData("lb_a_seconds", "s", MetricKind.Histogram, "lb_a_seconds")]
    [InlineData("some.time", "s", MetricKind.Gauge, "some_time_seconds")]
    [InlineData("9 lives", "By", MetricKind.Gauge, "_9_lives_bytes")]
    [InlineData("lb_a_total", null, MetricKind.Gauge, "lb_a_total")]
    public void FamilyOf_Instrument_HasItsUnitAndNoTotal(string name, string? unit, object kind, string family) =>
        MetricText.FamilyOf(name, unit, (MetricKind)kind).ShouldBe(family);

    private static string Write(MetricsFormat format)
    {
        var text = new ArrayBufferWriter<byte>();
        new MetricsWriter(text, format).Write(Families);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}
