using System.Diagnostics.Metrics;
using ActorBalancer.Api.Metrics;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Engine.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Metrics;

public sealed class MetricsCollectorTests : IDisposable
{
    private readonly object _scope = new();
    private readonly Meter _meter;
    private readonly MetricsCollector _collector;

    public MetricsCollectorTests()
    {
        _meter = new Meter(new MeterOptions("ActorBalancer.Test") { Scope = _scope });
        _collector = new MetricsCollector(_scope, static () => [], NullLogger.Instance);
    }

    [Fact]
    public void Collect_CounterBeforeTheFirstLook_CountsFromTheBeginning()
    {
        var counter = _meter.CreateCounter<long>("lb_x_total", description: "Xs.");
        counter.Add(2, Tag("a", "1"));
        counter.Add(3, Tag("a", "1"));
        counter.Add(1, Tag("a", "2"));

        var family = Find("lb_x");

        (family.Kind, family.Help).ShouldBe((MetricKind.Counter, "Xs."));
        family.Points.Select(static point => (point.Labels, point.Value))
            .ShouldBe([("a=\"1\"", 5), ("a=\"2\"", 1)]);
        Find("lb_x").Points[0].Value.ShouldBe(5);
    }

    [Fact]
    public void Collect_UpDownCounterAndGauge_AreGauges()
    {
        var open = _meter.CreateUpDownCounter<int>("lb_open");
        open.Add(5);
        open.Add(-2);
        var level = _meter.CreateGauge<double>("lb_level");
        level.Record(4);
        level.Record(1.5);

        (Find("lb_open").Kind, Find("lb_open").Points[0].Value).ShouldBe((MetricKind.Gauge, 3));
        (Find("lb_level").Kind, Find("lb_level").Points[0].Value).ShouldBe((MetricKind.Gauge, 1.5));
    }

    [Fact]
    public void Collect_Histogram_HasTheBoundsThatItsInstrumentAdvises()
    {
        var histogram = _meter.CreateHistogram<double>(
            "lb_time_seconds", "s", "Time.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2] });
        foreach (var value in new[] { 0.5, 1, 1.5, 9 })
            histogram.Record(value);

        var figures = Find("lb_time_seconds").Points[0].Histogram!;

        figures.BoundsSeconds.ShouldBe([1, 2]);
        figures.Counts.ShouldBe([2, 1, 1]);
        figures.SumSeconds.ShouldBe(12);
    }

    [Fact]
    public void Collect_ObservableWhoseSeriesEnds_ForgetsIt()
    {
        var values = new List<Measurement<long>> { new(1, Tag("a", "1")), new(1, Tag("a", "2")) };
        _meter.CreateObservableGauge("lb_seen", () => values);
        Find("lb_seen").Points.Count.ShouldBe(2);

        values.RemoveAt(0);

        Find("lb_seen").Points.ShouldHaveSingleItem().ShouldBe(new MetricPoint("a=\"2\"", 1, null));
    }

    [Fact]
    public void Collect_CallbackThatThrows_HidesNoOther()
    {
        _meter.CreateObservableGauge("lb_bad", Broken);
        _meter.CreateObservableGauge("lb_good", static () => 1L);
        var log = new CollectedLog();
        using var collector = new MetricsCollector(_scope, static () => [], log.CreateLogger("test"));

        collector.Collect().ShouldContain(static family => family.Name == "lb_good");
    }

    [Fact]
    public void Collect_TooManySeries_ShareOne()
    {
        var counter = _meter.CreateCounter<long>("lb_many_total");
        for (var i = 0; i < InstrumentSeries.SeriesMax + 100; i++)
            counter.Add(1, Tag("id", i));

        var points = Find("lb_many").Points;

        points.Count.ShouldBe(InstrumentSeries.SeriesMax + 1);
        points.Single(static point => point.Labels == "id=\"other\"").Value.ShouldBe(100);
        points.Sum(static point => point.Value).ShouldBe(InstrumentSeries.SeriesMax + 100);
    }

    [Fact]
    public void Collect_ValuesThatAreAlikeOnceCut_AreOneSeries()
    {
        var counter = _meter.CreateCounter<long>("lb_long_total");
        var lead = new string('x', MetricText.ValueLengthMax);
        counter.Add(1, Tag("a", lead + "1"));
        counter.Add(1, Tag("a", lead + "2"));

        Find("lb_long").Points.ShouldHaveSingleItem().Value.ShouldBe(2);
    }

    [Fact]
    public void Collect_MetersOfAnotherBalancer_AreNotShown()
    {
        using var other = new Meter(new MeterOptions("ActorBalancer.Test") { Scope = new object() });
        using var foreign = new Meter("Somebody.Else");
        other.CreateObservableGauge("lb_other", static () => 1L);
        foreign.CreateObservableGauge("lb_foreign", static () => 1L);

        _collector.Collect().Select(static family => family.Name)
            .ShouldNotContain(static name => name == "lb_other" || name == "lb_foreign");
    }

    [Fact]
    public void Collect_ManyThreads_LosesNothing()
    {
        var counter = _meter.CreateCounter<double>("lb_busy_total");

        Parallel.For(0, 20_000, i =>
        {
            counter.Add(1, Tag("a", i % 3));
            if (i % 5000 == 0)
                _collector.Collect();
        });

        Find("lb_busy").Points.Sum(static point => point.Value).ShouldBe(20_000);
    }

    [Fact]
    public void Collect_HistogramOfItsOwner_StandsAmongTheOthersInOrder()
    {
        using var collector = new MetricsCollector(
            _scope,
            static () => [new LatencyFamily("lb_b_seconds", "B.", [new([new("g", "1")], new([1], [1, 0], 0.5))])],
            NullLogger.Instance);
        _meter.CreateObservableGauge("lb_c", static () => 1L);
        _meter.CreateObservableGauge("lb_a", static () => 1L);

        collector.Collect().Select(static family => family.Name)
            .Where(static name => name.StartsWith("lb_", StringComparison.Ordinal) && name.Length < 13)
            .Where(static name => name is "lb_a" or "lb_b_seconds" or "lb_c")
            .ShouldBe(["lb_a", "lb_b_seconds", "lb_c"]);
    }

    public void Dispose()
    {
        _collector.Dispose();
        _meter.Dispose();
    }

    private static long Broken() => throw new InvalidOperationException("broken");

    private MetricFamily Find(string name) => _collector.Collect().Single(family => family.Name == name);

    private static KeyValuePair<string, object?> Tag(string name, object value) => new(name, value);
}
