using ActorBalancer.Actors.Routing;
using ActorBalancer.Engine.Routing;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Routing.RoutingTestTools;

namespace ActorBalancer.Engine.Tests.Routing;

/// <summary><c>random</c> and <c>power-of-two</c>.</summary>
public sealed class RandomTableTests
{
    private const int Choices = 100_000;

    public static TheoryData<string> Names => [RoutingStrategies.Random, RoutingStrategies.PowerOfTwo];

    [Theory]
    [InlineData(RoutingStrategies.Random, new[] { 1, 1, 1, 1, 1, 1, 1 })]
    [InlineData(RoutingStrategies.Random, new[] { 5, 3, 1, 1 })]
    [InlineData(RoutingStrategies.Random, new[] { 1000, 1, 500, 37 })]
    [InlineData(RoutingStrategies.Random, new[] { int.MaxValue, int.MaxValue / 2, int.MaxValue / 3 })]
    [InlineData(RoutingStrategies.PowerOfTwo, new[] { 1, 1, 1, 1, 1, 1, 1 })]
    [InlineData(RoutingStrategies.PowerOfTwo, new[] { 5, 3, 1, 1 })]
    public void Select_NothingRuns_SharesByWeight(string name, int[] weights) =>
        Table(name, Weighted(weights)).Count(Choices).ShouldFit([.. weights.Select(weight => (double)weight)]);

    [Theory]
    [MemberData(nameof(Names))]
    public void Select_SomeAreDown_OthersShareByWeight(string name)
    {
        TestTarget[] targets = Weighted(5, 4, 2, 9, 1);
        targets[0].IsAvailable = targets[3].IsAvailable = false;

        int[] counts = Strategy(name).CreateTable(targets).Count(Choices);

        (counts[0] + counts[3]).ShouldBe(0);
        new[] { counts[1], counts[2], counts[4] }.ShouldFit([4, 2, 1]);
    }

    [Fact]
    public void Select_RandomFromManyThreads_SharesByWeight() =>
        Table(RoutingStrategies.Random, Weighted(5, 3, 1, 1))
            .CountByThreads(threads: 8, choicesEach: 20_000)
            .ShouldFit([5, 3, 1, 1]);

    [Theory]
    [MemberData(nameof(Names))]
    public void Select_SameSeed_GivesTheSameChoices(string name) =>
        Table(name, Weighted(3, 1, 2)).Sequence(200).ShouldBe(Table(name, Weighted(3, 1, 2)).Sequence(200));

    [Fact]
    public void Select_OtherSeed_GivesOtherChoices() =>
        new RandomStrategy(1).CreateTable(Weighted(1, 1)).Sequence(64)
            .ShouldNotBe(new RandomStrategy(2).CreateTable(Weighted(1, 1)).Sequence(64));

    [Theory]
    [MemberData(nameof(Names))]
    public void CreateTable_OfTheSameStrategyAgain_DoesNotReplayTheChoices(string name)
    {
        RoutingStrategy strategy = Strategy(name);
        RoutingTable<TestTarget> before = strategy.CreateTable(Weighted(1, 1));
        RoutingTable<TestTarget> after = strategy.CreateTable(Weighted(1, 1), before);

        after.Sequence(64).ShouldNotBe(before.Sequence(64));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Select_AnotherTableInUse_DoesNotChangeTheChoices(string name)
    {
        RoutingStrategy strategy = Strategy(name);
        RoutingTable<TestTarget> used = strategy.CreateTable(Weighted(3, 1, 2));
        RoutingTable<TestTarget> other = strategy.CreateTable(Weighted(1, 1));
        other.Sequence(17);

        used.Sequence(100).ShouldBe(Table(name, Weighted(3, 1, 2)).Sequence(100));
    }

    [Fact]
    public void Select_TwoTargets_PowerOfTwoAlwaysGivesTheLessLoadedForItsWeight()
    {
        TestTarget[] targets = Weighted(3, 1);
        (targets[0].ActiveCount, targets[1].ActiveCount) = (7, 2);
        RoutingTable<TestTarget> table = Strategy(RoutingStrategies.PowerOfTwo).CreateTable(targets);

        table.Count(200).ShouldBe([0, 200]);
        targets[1].ActiveCount = 3;
        table.Count(200).ShouldBe([200, 0]);
    }

    [Fact]
    public void Select_OneIsLoaded_PowerOfTwoNeverGivesItBecauseTheTwoAreDistinct()
    {
        TestTarget[] targets = Weighted(1, 1, 1, 1);
        targets[2].ActiveCount = 1;

        int[] counts = Strategy(RoutingStrategies.PowerOfTwo).CreateTable(targets).Count(Choices);

        counts[2].ShouldBe(0);
    }

    [Fact]
    public void Select_WorkThatStays_PowerOfTwoIsFarMoreEvenThanOneChoice()
    {
        TestTarget[] one = Weighted([.. Enumerable.Repeat(1, 20)]);
        TestTarget[] two = Weighted([.. Enumerable.Repeat(1, 20)]);
        RoutingTable<TestTarget> oneTable = Strategy(RoutingStrategies.Random).CreateTable(one);
        RoutingTable<TestTarget> twoTable = Strategy(RoutingStrategies.PowerOfTwo).CreateTable(two);

        for (int placed = 0; placed < 20_000; placed++)
        {
            oneTable.Select(default)!.ActiveCount++;
            twoTable.Select(default)!.ActiveCount++;
        }

        two.Max(target => target.ActiveCount).ShouldBeLessThanOrEqualTo(1_000 + 10);
        one.Max(target => target.ActiveCount).ShouldBeGreaterThan(1_000 + 30);
    }

    [Fact]
    public void Select_WorkThatStays_PowerOfTwoFillsByWeight()
    {
        TestTarget[] targets = Weighted(10, 5, 5, 3, 2, 2, 1, 1, 1);
        RoutingTable<TestTarget> table = Strategy(RoutingStrategies.PowerOfTwo).CreateTable(targets);

        for (int placed = 0; placed < 30_000; placed++)
            table.Select(default)!.ActiveCount++;

        foreach (TestTarget target in targets)
            ((double)target.ActiveCount / target.Weight).ShouldBeInRange(970, 1_030, target.ToString());
    }
}
