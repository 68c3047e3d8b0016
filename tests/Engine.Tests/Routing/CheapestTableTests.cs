using ActorBalancer.Actors.Routing;
using ActorBalancer.Engine.Routing;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Routing.RoutingTestTools;

namespace ActorBalancer.Engine.Tests.Routing;

/// <summary><c>least-connections</c>, <c>peak-ewma</c> and <c>best-score</c>.</summary>
public sealed class CheapestTableTests
{
    public static TheoryData<string> Names =>
        [RoutingStrategies.LeastConnections, RoutingStrategies.PeakEwma, RoutingStrategies.BestScore];

    [Theory]
    [MemberData(nameof(Names))]
    public void Select_AllEqual_GoesRound(string name) =>
        Table(name, Weighted(1, 1, 1)).Sequence(7).ShouldBe("abcabca");

    [Theory]
    [MemberData(nameof(Names))]
    public void Select_TwoOfThreeTie_SharesEvenly(string name)
    {
        TestTarget[] targets = Weighted(1, 1, 1);
        targets[1].ActiveCount = 1;
        targets[1].LatencyMilliseconds = 9;
        targets[1].Score = -1;

        Strategy(name).CreateTable(targets).Sequence(6).ShouldBe("acacac");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Select_ManyThreadsOnATie_SpreadsThem(string name)
    {
        int[] counts = Table(name, Weighted(1, 1, 1, 1)).CountByThreads(threads: 8, choicesEach: 10_000);

        // The cursor gives up after some lost races, so the shares are only nearly exact.
        counts.Max().ShouldBeLessThan(20_000 + 2_000, string.Join(", ", counts));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Select_AnotherChoosesAtTheSameMoment_GetsAnotherOfTheEqual(string name)
    {
        TestTarget[] targets = Weighted(1, 1, 1);

        Strategy(name).CreateTable(targets).Interrupted(at: targets[2], count: 3).ShouldBe("abcabc");
    }

    [Fact]
    public void Select_NoTieForTheBest_DoesNotMoveTheRound()
    {
        TestTarget[] targets = Weighted(1, 1, 1, 1);
        foreach (TestTarget target in targets)
            target.ActiveCount = target.Id == "c" ? 0 : 1;
        RoutingTable<TestTarget> table = Strategy(RoutingStrategies.LeastConnections).CreateTable(targets);

        table.Select(default)!.ActiveCount = 9;

        targets[2].ActiveCount.ShouldBe(9);
        table.Sequence(4).ShouldBe("abda");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void CreateTable_MemberAdded_TheRoundGoesOn(string name)
    {
        RoutingTable<TestTarget> before = Table(name, Weighted(1, 1, 1));
        before.Sequence(2).ShouldBe("ab");

        RoutingTable<TestTarget> after =
            Strategy(name).CreateTable([new TestTarget("z"), .. Weighted(1, 1, 1)], before);

        after.Sequence(4).ShouldBe("czab");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void CreateTable_MembersComeBeforeTheFirstChoice_BeginsAtTheFirst(string name)
    {
        RoutingTable<TestTarget> early = Strategy(name).CreateTable([new TestTarget("b")]);

        RoutingTable<TestTarget> whole = Strategy(name).CreateTable(Weighted(1, 1), early);

        whole.Sequence(4).ShouldBe("abab");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void CreateTable_NextMemberHasGone_TheOneAfterItIsNext(string name)
    {
        TestTarget[] members = Weighted(1, 1, 1, 1);
        RoutingTable<TestTarget> before = Strategy(name).CreateTable(members);
        before.Sequence(1).ShouldBe("a");

        RoutingTable<TestTarget> after =
            Strategy(name).CreateTable([members[3], members[0], members[2]], before);

        after.Sequence(3).ShouldBe("cda");
    }

    [Fact]
    public void Select_LeastConnections_GivesTheLeastLoadForItsWeight()
    {
        TestTarget[] targets = Weighted(4, 1, 2);
        (targets[0].ActiveCount, targets[1].ActiveCount, targets[2].ActiveCount) = (9, 2, 4);
        RoutingTable<TestTarget> table = Strategy(RoutingStrategies.LeastConnections).CreateTable(targets);

        table.Sequence(2).ShouldBe("bc");
        targets[0].ActiveCount = 7;
        table.Sequence(2).ShouldBe("aa");
    }

    [Fact]
    public void Select_LeastConnections_FillsTargetsInProportionToTheirWeights() =>
        Prop.ForAll(SmallWeights, weights =>
        {
            TestTarget[] targets = Weighted(weights);
            RoutingTable<TestTarget> table = Strategy(RoutingStrategies.LeastConnections).CreateTable(targets);

            for (int placed = 0; placed < 10 * weights.Sum(); placed++)
                table.Select(default)!.ActiveCount++;

            return targets.All(target => target.ActiveCount == 10 * target.Weight);
        }).Check(Config.QuickThrowOnFailure);

    [Theory]
    [InlineData(10, 0, 4, 1, 1, "b")]
    [InlineData(10, 0, 4, 2, 1, "a")]
    [InlineData(10, 0, 4, 2, 2, "b")]
    [InlineData(10, 0, 0, 0, 1, "b")]
    [InlineData(10, 1000, 0, 1, 1, "a")]
    [InlineData(0, 2, 0, 1, 1, "b")]
    [InlineData(0, 1, 0, 2, 4, "b")]
    public void Select_PeakEwma_WeighsLatencyLoadAndTrial(
        double latencyOfA, int activeOnA, double latencyOfB, int activeOnB, int weightOfB, string expected)
    {
        TestTarget[] targets = Weighted(1, weightOfB);
        (targets[0].LatencyMilliseconds, targets[0].ActiveCount) = (latencyOfA, activeOnA);
        (targets[1].LatencyMilliseconds, targets[1].ActiveCount) = (latencyOfB, activeOnB);

        Table(RoutingStrategies.PeakEwma, targets).Select(default)!.Id.ShouldBe(expected);
    }

    [Fact]
    public void Select_BestScore_GivesTheHighestAndNeverPrefersANonNumber()
    {
        TestTarget[] targets = Weighted(1, 1, 1);
        (targets[0].Score, targets[1].Score, targets[2].Score) = (double.NaN, -300, -299.5);
        RoutingTable<TestTarget> table = Strategy(RoutingStrategies.BestScore).CreateTable(targets);

        table.Sequence(2).ShouldBe("cc");
        targets[2].IsAvailable = false;
        table.Sequence(2).ShouldBe("bb");
        targets[1].IsAvailable = false;
        table.Sequence(2).ShouldBe("aa");
    }
}
