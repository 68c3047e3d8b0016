using ActorBalancer.Engine.Routing;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Routing;

public sealed class LatencyEwmaTests
{
    /// <summary>An odd frequency, so that a mistake in the unit of time shows.</summary>
    private const long Frequency = 3_000_007;

    private static readonly TimeSpan Decay = TimeSpan.FromSeconds(10);

    private readonly LatencyEwma _latency = new(Decay, Frequency);

    [Fact]
    public void ReadMilliseconds_NothingMeasured_IsZero()
    {
        _latency.ReadMilliseconds(At(0)).ShouldBe(0);
        _latency.ReadMilliseconds(At(1e6)).ShouldBe(0);
    }

    [Fact]
    public void Observe_FirstMeasurement_IsTaken()
    {
        _latency.Observe(TimeSpan.FromMilliseconds(42), At(3));

        _latency.ReadMilliseconds(At(3)).ShouldBe(42, 1e-3);
    }

    [Fact]
    public void Observe_Peak_IsTakenAtOnce()
    {
        _latency.Observe(TimeSpan.FromMilliseconds(10), At(0));
        _latency.Observe(TimeSpan.FromMilliseconds(500), At(0.5));

        _latency.ReadMilliseconds(At(0.5)).ShouldBe(500, 0.01);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(25)]
    public void Observe_LowerLatency_PullsDownByTheTimePassed(double seconds)
    {
        _latency.Observe(TimeSpan.FromMilliseconds(500), At(100));
        _latency.Observe(TimeSpan.FromMilliseconds(20), At(100 + seconds));

        double kept = Math.Exp(-seconds / 10);
        _latency.ReadMilliseconds(At(100 + seconds)).ShouldBe((500 * kept) + (20 * (1 - kept)), 0.05);
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(10)]
    [InlineData(60)]
    public void ReadMilliseconds_NothingNew_FadesExponentially(double seconds)
    {
        _latency.Observe(TimeSpan.FromMilliseconds(800), At(5));

        _latency.ReadMilliseconds(At(5 + seconds)).ShouldBe(800 * Math.Exp(-seconds / 10), 0.1);
    }

    [Fact]
    public void ReadMilliseconds_NothingNewForEightDecayTimes_IsForgotten()
    {
        _latency.Observe(TimeSpan.FromSeconds(800), At(5));

        _latency.ReadMilliseconds(At(5 + 79.9)).ShouldBeGreaterThan(0);
        _latency.ReadMilliseconds(At(5 + 80.1)).ShouldBe(0);
        _latency.ReadMilliseconds(At(5 + (14 * 86_400))).ShouldBe(0);
    }

    [Fact]
    public void Observe_AfterLongIdle_ForgetsTheOldValue()
    {
        _latency.Observe(TimeSpan.FromSeconds(100), At(0));
        _latency.Observe(TimeSpan.FromMilliseconds(7), At(500));

        _latency.ReadMilliseconds(At(500)).ShouldBe(7, 0.01);
    }

    [Fact]
    public void Observe_ZeroLatency_CountsAsMeasured()
    {
        _latency.Observe(TimeSpan.Zero, At(1));

        _latency.ReadMilliseconds(At(1)).ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Observe_OlderTimestamp_CountsAsEquallyOld()
    {
        _latency.Observe(TimeSpan.FromMilliseconds(100), At(50));
        _latency.Observe(TimeSpan.FromMilliseconds(10), At(49));

        _latency.ReadMilliseconds(At(49)).ShouldBe(100, 0.01);
        _latency.ReadMilliseconds(At(50)).ShouldBe(100, 0.01);
        _latency.ReadMilliseconds(At(60)).ShouldBe(100 / Math.E, 0.05);
    }

    [Fact]
    public void Observe_ManySmallSteps_FollowsTheExactAverage() =>
        Prop.ForAll(Gen.ArrayOf(Gen.Choose(1, 5_000), 30).ToArbitrary(), latencies =>
        {
            var measured = new LatencyEwma(Decay, Frequency);
            double expected = 0;
            for (int index = 0; index < latencies.Length; index++)
            {
                double kept = Math.Exp(-0.25 / 10);
                expected = latencies[index] > expected || index == 0
                    ? latencies[index]
                    : (expected * kept) + (latencies[index] * (1 - kept));
                measured.Observe(TimeSpan.FromMilliseconds(latencies[index]), At(1_000_000 + (index * 0.25)));
            }

            double actual = measured.ReadMilliseconds(At(1_000_000 + ((latencies.Length - 1) * 0.25)));
            return Math.Abs(actual - expected) < expected * 1e-3;
        }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void Observe_ManyThreads_LosesNoPeak()
    {
        int peak = 0;
        int lost = 0;
        using var start = new Barrier(4);
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(_ => new Thread(Observe))];

        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();

        lost.ShouldBe(0);
        _latency.ReadMilliseconds(At(1)).ShouldBe(4 * 1_000_000, 1);

        // Each measurement is a new peak, so every one changes the state that the others are about to change.
        void Observe()
        {
            start.SignalAndWait();
            for (int step = 0; step < 1_000_000; step++)
            {
                int mine = Interlocked.Increment(ref peak);
                _latency.Observe(TimeSpan.FromMilliseconds(mine), At(1));
                if (_latency.ReadMilliseconds(At(1)) < mine)
                    Interlocked.Increment(ref lost);
            }
        }
    }

    [Fact]
    public void ObserveAndRead_Always_AllocateNothing()
    {
        Exercise();
        long before = GC.GetAllocatedBytesForCurrentThread();

        Exercise();

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        void Exercise()
        {
            for (int step = 0; step < 1_000; step++)
            {
                _latency.Observe(TimeSpan.FromMilliseconds(step % 7), At(step));
                _latency.ReadMilliseconds(At(step));
            }
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-1, 1)]
    [InlineData(1, 0)]
    public void LatencyEwma_NothingAboveZero_IsRefused(int decaySeconds, long frequency) =>
        Should.Throw<ArgumentOutOfRangeException>(
            () => new LatencyEwma(TimeSpan.FromSeconds(decaySeconds), frequency));

    private static long At(double seconds) => (long)(seconds * Frequency);
}
