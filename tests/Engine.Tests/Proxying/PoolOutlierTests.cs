using ActorBalancer.Engine.Alerts;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Options;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Proxying.PoolHarness;

namespace ActorBalancer.Engine.Tests.Proxying;

public sealed class PoolOutlierTests
{
    private static readonly BackendOptions[] Three = [Of("a"), Of("b"), Of("c")];

    [Fact]
    public async Task Suspected_FailuresInARow_EjectsForAWhileAndChecksAtOnce()
    {
        await using var harness = await StartAsync(Options(Three));
        var checks = harness.Log.CountOf(613);

        await harness.SeeAsync("a", 5, AttemptKind.ConnectFailed);

        harness.StatusOf("a").EjectedUntil.ShouldBe(harness.Time.GetUtcNow() + TimeSpan.FromSeconds(30));
        harness.StatusOf("a").IsHealthy.ShouldBeTrue();
        harness.Turns(6).ShouldNotContain("a");
        harness.TryEnter(new PickRequest(harness.Find("a"))).Backend!.Id.ShouldNotBe("a");
        harness.Pool.MoveCount.ShouldBe(1);
        await harness.Log.WaitForAsync(613, checks + 1);
        var alert = harness.Alerts.ShouldHaveSingleItem();
        alert.Kind.ShouldBe(AlertKind.BackendEjected);
        alert.Reason.ShouldBe("5 failures in a row, the last: no connection");
        harness.Find("a").ReadCounts().Ejections.ShouldBe(1);

        await harness.PassAsync(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(1));
        harness.StatusOf("a").EjectedUntil.ShouldBeNull();
        harness.Turns(3).ShouldContain("a");
    }

    [Fact]
    public async Task Suspected_AgainSoonAfter_LastsLongerEachTimeUpToTheMost()
    {
        var options = Options(Three) with
        {
            Outliers = new OutlierOptions { EjectionTimeMax = TimeSpan.FromSeconds(75) },
        };
        await using var harness = await StartAsync(options);

        foreach (var seconds in new[] { 30, 60, 75, 75 })
        {
            await harness.SeeAsync("a", 5, AttemptKind.TimedOut);
            var left = harness.StatusOf("a").EjectedUntil!.Value - harness.Time.GetUtcNow();
            left.ShouldBe(TimeSpan.FromSeconds(seconds));
            await harness.PassAsync(left, TimeSpan.FromSeconds(1));
            harness.StatusOf("a").EjectedUntil.ShouldBeNull();
        }

        await harness.PassAsync(TimeSpan.FromSeconds(80), TimeSpan.FromSeconds(5));
        await harness.SeeAsync("a", 5, AttemptKind.TimedOut);
        (harness.StatusOf("a").EjectedUntil - harness.Time.GetUtcNow()).ShouldBe(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Suspected_ErrorRateOfOneAlone_Ejects()
    {
        await using var harness = await StartAsync(Options(Three));
        await harness.SeeAsync("b", 20, AttemptKind.Answered, 200);
        await harness.SeeAsync("a", 10, AttemptKind.Answered, 200);
        await harness.SeeAsync("a", 10, AttemptKind.Answered, 503);

        harness.StatusOf("a").EjectedUntil.ShouldNotBeNull();
        harness.Alerts.Single().Reason.ShouldBe("10 of 20 answers in 10 s were 5xx");
    }

    [Fact]
    public async Task Suspected_ErrorRateOfAll_EjectsNobody()
    {
        await using var harness = await StartAsync(Options(Three));
        foreach (var round in Enumerable.Range(0, 30))
        {
            foreach (var id in new[] { "a", "b", "c" })
                await harness.SeeAsync(id, 1, AttemptKind.Answered, round % 3 == 0 ? 200 : 500);
        }

        harness.Pool.Status().Backends.ShouldAllBe(one => one.EjectedUntil == null);
    }

    [Theory]
    [InlineData(1, 0.5, 0)]
    [InlineData(2, 0.5, 1)]
    [InlineData(3, 0.5, 1)]
    [InlineData(4, 0.5, 2)]
    [InlineData(4, 0.0, 0)]
    [InlineData(3, 1.0, 3)]
    public async Task Suspected_Cap_HoldsForSizeAndShare(int size, double most, int expected)
    {
        var options = Options([.. Enumerable.Range(0, size).Select(one => Of($"{one}"))]) with
        {
            Outliers = new OutlierOptions { EjectedMax = most },
        };
        await using var harness = await StartAsync(options);

        for (var index = 0; index < size; index++)
            await harness.SeeAsync($"{index}", 6, AttemptKind.NoAnswer);

        harness.Pool.Status().Backends.Count(one => one.EjectedUntil is not null).ShouldBe(expected);
    }

    [Fact]
    public async Task Suspected_OthersDownByChecks_CountForTheCap()
    {
        await using var harness = await StartAsync(Options(Three), "c");

        await harness.SeeAsync("a", 6, AttemptKind.NoAnswer);

        harness.StatusOf("a").EjectedUntil.ShouldBeNull();
        harness.Turns(4).ShouldContain("a");
    }

    [Fact]
    public async Task Panic_TooFewLeft_IgnoresEjectionsButNotChecks()
    {
        var options = Options(Of("a"), Of("b"), Of("c"), Of("d")) with
        {
            Outliers = new OutlierOptions { EjectedMax = 1, PanicThreshold = 0.34 },
        };
        await using var harness = await StartAsync(options, "d");
        await harness.SeeAsync("a", 5, AttemptKind.NoAnswer);
        harness.Turns(6).Distinct().Order().ShouldBe(["b", "c"]);

        await harness.SeeAsync("b", 5, AttemptKind.NoAnswer);

        harness.Turns(6).Distinct().Order().ShouldBe(["a", "b", "c"]);
        harness.Enter(new PickRequest(harness.Find("a"))).Id.ShouldBe("a");
        harness.Log.CountOf(611).ShouldBe(1);

        await harness.FlipAsync("d", true);
        harness.Turns(6).Distinct().Order().ShouldBe(["c", "d"]);
        harness.Log.CountOf(612).ShouldBe(1);
    }

    [Fact]
    public async Task Checks_DownAndUpAgain_EndTheEjection()
    {
        await using var harness = await StartAsync(Options(Three));
        var checks = harness.Log.CountOf(613);
        await harness.SeeAsync("a", 5, AttemptKind.NoAnswer);

        // The check that an ejection asks for has been taken in: the next ones are those of the interval.
        await harness.Log.WaitForAsync(613, checks + 1);

        await harness.FlipAsync("a", false);
        harness.StatusOf("a").EjectedUntil.ShouldNotBeNull();
        await harness.FlipAsync("a", true);

        harness.StatusOf("a").EjectedUntil.ShouldBeNull();
        harness.Turns(3).ShouldContain("a");
    }

    [Fact]
    public async Task Checks_DownAndUpAgain_ForgetTheFailuresOfOneThatTheCapHeldIn()
    {
        await using var harness = await StartAsync(Options(Three), "c");
        await harness.SeeAsync("a", 6, AttemptKind.NoAnswer);
        harness.StatusOf("a").EjectedUntil.ShouldBeNull();

        await harness.FlipAsync("a", false);
        await harness.FlipAsync("a", true);
        await harness.FlipAsync("c", true);

        await harness.SeeAsync("a", 4, AttemptKind.NoAnswer);
        harness.StatusOf("a").EjectedUntil.ShouldBeNull();
        await harness.SeeAsync("a", 1, AttemptKind.NoAnswer);
        harness.StatusOf("a").EjectedUntil.ShouldNotBeNull();
    }

    [Fact]
    public async Task SlowStart_Recovered_RisesInTenSteps()
    {
        await using var harness = await StartAsync(
            Options(Of("a"), Of("b")) with { SlowStart = TimeSpan.FromSeconds(10) });
        harness.Pool.Status().Backends.ShouldAllBe(one => one.Ramp == 1);
        await harness.FlipAsync("a", false);

        await harness.FlipAsync("a", true);

        harness.StatusOf("a").Ramp.ShouldBe(0.1);
        harness.Turns(110).Count(id => id == "a").ShouldBe(10);
        harness.Enter(new PickRequest(harness.Find("a"))).Id.ShouldBe("a");
        var ramps = new List<double>();
        for (var second = 1; second <= 12; second++)
        {
            await harness.PassAsync(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
            ramps.Add(Math.Round(harness.StatusOf("a").Ramp, 1));
        }

        // The check that began it came somewhere on the way of the clock, so which second shows which step is open.
        ramps.ShouldBeInOrder();
        ramps.Distinct().Count().ShouldBeGreaterThanOrEqualTo(8);
        ramps[4].ShouldBeInRange(0.3, 0.8);
        ramps[^1].ShouldBe(1);
        harness.Find("a").Weight.ShouldBe(1);
        harness.Turns(10).Count(id => id == "a").ShouldBe(5);
    }

    [Fact]
    public async Task SlowStart_NobodyElse_StartsAtOnce()
    {
        await using var harness = await StartAsync(
            Options(Of("a"), Of("b")) with { SlowStart = TimeSpan.FromSeconds(10) }, "b");
        await harness.FlipAsync("a", false);
        harness.TryEnter().Kind.ShouldBe(PickKind.NoneHealthy);

        await harness.FlipAsync("a", true);

        harness.StatusOf("a").Ramp.ShouldBe(1);
    }

    [Fact]
    public async Task SlowStart_WeightsDiffer_KeepTheirShares()
    {
        await using var harness = await StartAsync(
            Options(Of("a", 4), Of("b", 2)) with { SlowStart = TimeSpan.FromSeconds(10) });
        await harness.FlipAsync("a", false);
        await harness.FlipAsync("a", true);

        await harness.PassAsync(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1));

        var ramp = harness.StatusOf("a").Ramp;
        ramp.ShouldBeInRange(0.3, 0.8);
        harness.Find("a").Weight.ShouldBe((int)Math.Round(40 * ramp));
        harness.Find("b").Weight.ShouldBe(20);
    }
}
