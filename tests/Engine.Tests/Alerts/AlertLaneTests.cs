using ActorBalancer.Engine.Alerts;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Alerts;

public sealed class AlertLaneTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void TryTake_UpToTheConcurrency_GivesTheOldestFirst()
    {
        var lane = new AlertLane<string>(10, 2, [Second]);
        foreach (var name in (string[])["a", "b", "c"]) lane.Add(name).ShouldBeTrue();

        Take(lane, default).ShouldBe("a");
        Take(lane, default).ShouldBe("b");
        Take(lane, default).ShouldBeNull();
        lane.NextDue.ShouldBeNull();
        lane.End(isSent: true);
        Take(lane, default).ShouldBe("c");
    }

    [Fact]
    public void TryAgain_Concurrent_LetsOthersGoMeanwhile()
    {
        var lane = new AlertLane<string>(10, 2, [Second]);
        lane.Add("a");
        lane.TryTake(default, out var first).ShouldBeTrue();
        lane.TryAgain(first!, default).ShouldBeTrue();
        lane.Add("b");

        lane.NextDue.ShouldBe(TimeSpan.Zero);
        Take(lane, default).ShouldBe("b");
        Take(lane, default).ShouldBeNull();
        lane.NextDue.ShouldBe(Second);
        Take(lane, Second).ShouldBe("a");
    }

    [Fact]
    public void TryAgain_OneAtATime_KeepsTheOrder()
    {
        var lane = new AlertLane<string>(10, 1, [Second, Second * 5]);
        lane.Add("a");
        lane.Add("b");
        lane.TryTake(default, out var first).ShouldBeTrue();
        lane.TryAgain(first!, default).ShouldBeTrue();

        Take(lane, default).ShouldBeNull();
        lane.NextDue.ShouldBe(Second);
        Take(lane, Second).ShouldBe("a");
        lane.TryAgain(first!, Second, waitMin: Second * 9).ShouldBeTrue();
        lane.NextDue.ShouldBe(Second * 10);
    }

    [Fact]
    public void TryAgain_AfterTheLastRetry_GivesUp()
    {
        var lane = new AlertLane<string>(10, 1, [Second]);
        lane.Add("a");
        lane.TryTake(default, out var job).ShouldBeTrue();
        lane.TryAgain(job!, default).ShouldBeTrue();
        lane.TryTake(Second, out job).ShouldBeTrue();

        job.Tries.ShouldBe(2);
        lane.TryAgain(job, Second).ShouldBeFalse();
        lane.Count.ShouldBe(0);
        lane.Add("b");
        Take(lane, Second).ShouldBe("b");
    }

    [Fact]
    public void Add_Full_DropsTheOldest()
    {
        var lane = new AlertLane<string>(2, 1, [Second]);
        lane.Add("a").ShouldBeTrue();
        lane.Add("b").ShouldBeTrue();
        lane.Add("c").ShouldBeFalse();

        lane.Dropped.ShouldBe(1);
        Take(lane, default).ShouldBe("b");
        lane.End(isSent: true);
        lane.Dropped.ShouldBe(0);
        Take(lane, default).ShouldBe("c");
    }

    private static string? Take(AlertLane<string> lane, TimeSpan now) =>
        lane.TryTake(now, out var job) ? job.Content : null;
}
