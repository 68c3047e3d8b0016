using System.Diagnostics.Metrics;
using System.Globalization;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Telemetry;

public sealed class TaskFiguresTests
{
    [Fact]
    public void Of_MorePairsThanTheBound_ShareOne()
    {
        using var figures = New();

        for (var i = 0; i < TaskFigures.PairsMax + 500; i++)
            figures.Of("group", i.ToString(CultureInfo.InvariantCulture)).CountIn(TaskMode.Async);

        var all = figures.All.ToArray();
        all.Length.ShouldBe(TaskFigures.PairsMax + 1);
        var other = all.Single(static one => one.Group == TaskFigures.Other);
        other.Function.ShouldBe(TaskFigures.Other);
        other.Submitted(TaskMode.Async).ShouldBe(500);
        figures.Read(0).Submitted.ShouldBe(TaskFigures.PairsMax + 500);
    }

    [Fact]
    public void Of_SamePairFromManyThreads_LosesNothing()
    {
        using var figures = New();

        Parallel.For(0, 10_000, i => figures.Of("group", (i % 7).ToString(CultureInfo.InvariantCulture))
            .CountEnd(TaskState.Succeeded, i % 13));

        var read = figures.Read(0);
        read.Succeeded.ShouldBe(10_000);
        read.Total.Counts.Sum().ShouldBe(10_000);
        read.Total.SumSeconds.ShouldBe(Enumerable.Range(0, 10_000).Sum(static i => i % 13) / 1000.0, 0.001);
        figures.All.Count().ShouldBe(7);
    }

    [Fact]
    public void Record_BoundItself_FallsIntoItsBucket()
    {
        var buckets = new LatencyBuckets();

        foreach (var milliseconds in new long[] { -5, 0, 1, 2, 3, 600_000, 600_001 })
            buckets.Record(milliseconds);

        var read = buckets.Read();
        read.BoundsSeconds[0].ShouldBe(0.001);
        read.BoundsSeconds[^1].ShouldBe(600);
        read.Counts.Count.ShouldBe(read.BoundsSeconds.Count + 1);
        read.Counts[0].ShouldBe(3);
        read.Counts[1].ShouldBe(1);
        read.Counts[2].ShouldBe(1);
        read.Counts[^2].ShouldBe(1);
        read.Counts[^1].ShouldBe(1);
        read.SumSeconds.ShouldBe(1200.007, 1e-9);
    }

    [Fact]
    public void Record_SomebodyListens_IsToldWithTheLabels()
    {
        using var figures = New();
        var told = new List<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (ReferenceEquals(instrument.Meter, figures.Instruments.Wait.Meter))
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => told.Add(
            string.Create(CultureInfo.InvariantCulture, $"{instrument.Name} {value} {tags[0].Value} {tags[1].Value}")));
        listener.Start();

        figures.Of("g", "f").CountAttempt(AttemptVerdict.Succeeded, 1500, 20);

        told.ShouldBe(["lb_task_wait_seconds 1.5 g f", "lb_task_run_seconds 0.02 g f"]);
    }

    private static TaskFigures New() => new(new Meter("ActorBalancer.Tasks.Test"));
}
