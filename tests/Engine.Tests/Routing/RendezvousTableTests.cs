using ActorBalancer.Actors.Routing;
using ActorBalancer.Engine.Routing;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Routing.RoutingTestTools;

namespace ActorBalancer.Engine.Tests.Routing;

/// <summary><c>consistent-hash</c>.</summary>
public sealed class RendezvousTableTests
{
    private const int KeyCount = 20_000;

    private static ulong[] Keys { get; } =
        [.. Enumerable.Range(0, KeyCount).Select(number => RoutingKey.Hash($"session-{number}"))];

    [Theory]
    [InlineData(new[] { 1, 1, 1, 1, 1 })]
    [InlineData(new[] { 1, 2, 3, 4 })]
    [InlineData(new[] { 1000, 1, 100 })]
    public void Select_ManyKeys_SharesThemByWeight(int[] weights)
    {
        TestTarget[] targets = Weighted(weights);
        string[] homes = HomesOf(targets);

        int[] counts = [.. targets.Select(target => homes.Count(home => home == target.Id))];

        counts.ShouldFit([.. weights.Select(weight => (double)weight)]);
    }

    [Fact]
    public void Select_KeysThatAreSmallNumbers_AreSpreadToo()
    {
        RoutingTable<TestTarget> table = Table(RoutingStrategies.ConsistentHash, Weighted(1, 1, 1, 1));
        var counts = new int[4];

        for (ulong key = 1; key <= KeyCount; key++)
            counts[Array.IndexOf(table.Targets, table.Select(new RoutingRequest(key)))]++;

        counts.ShouldFit([1, 1, 1, 1]);
    }

    [Fact]
    public void Select_OtherOrderAndOtherProcess_GivesTheSameTarget()
    {
        TestTarget[] targets = [new("http://one"), new("http://two"), new("http://three"), new("http://four")];

        string[] homes = HomesOf(targets);

        HomesOf([.. targets.Reverse()]).ShouldBe(homes);
        // From a separate implementation in Python: nodes of a cluster must agree over releases and machines.
        homes.Take(6).ShouldBe(
            ["http://four", "http://one", "http://three", "http://one", "http://two", "http://three"]);
    }

    [Theory]
    [InlineData(new[] { 1, 1, 1, 1, 1, 1 })]
    [InlineData(new[] { 5, 1, 3, 2, 2, 4 })]
    public void CreateTable_MemberRemoved_MovesOnlyItsKeys(int[] weights)
    {
        TestTarget[] targets = Weighted(weights);
        string[] before = HomesOf(targets);

        foreach (TestTarget removed in targets)
        {
            string[] after = HomesOf([.. targets.Where(target => target != removed)]);

            before.Zip(after).Count(pair => pair.First != removed.Id && pair.First != pair.Second).ShouldBe(0);
            after.ShouldNotContain(removed.Id);
        }
    }

    [Fact]
    public void CreateTable_MemberAdded_MovesItsShareAndOnlyToIt()
    {
        foreach (int count in new[] { 1, 2, 4, 9, 19 })
        {
            TestTarget[] targets = Weighted([.. Enumerable.Repeat(1, count)]);
            string[] before = HomesOf(targets);

            string[] after = HomesOf([.. targets, new TestTarget("added")]);

            string[] moved =
                [.. before.Zip(after).Where(pair => pair.First != pair.Second).Select(pair => pair.Second)];
            moved.ShouldAllBe(home => home == "added");
            new[] { moved.Length, KeyCount - moved.Length }.ShouldFit([1, count]);
        }
    }

    [Fact]
    public void CreateTable_WeightRaised_MovesKeysOnlyToThatMember()
    {
        string[] before = HomesOf(Weighted(2, 2, 3));

        string[] after = HomesOf(Weighted(2, 5, 3));

        before.Zip(after).Count(pair => pair.First != pair.Second && pair.Second != "b").ShouldBe(0);
        after.Count(home => home == "b").ShouldBeGreaterThan(before.Count(home => home == "b"));
    }

    [Fact]
    public void Select_MemberDownAndUpAgain_ItsKeysGoAndComeBack()
    {
        TestTarget[] targets = Weighted(1, 1, 1, 1);
        RoutingTable<TestTarget> table = Table(RoutingStrategies.ConsistentHash, targets);
        string[] before = HomesOf(table);

        targets[1].IsAvailable = false;
        string[] without = HomesOf(table);
        targets[1].IsAvailable = true;

        before.Zip(without).Count(pair => pair.First != "b" && pair.First != pair.Second).ShouldBe(0);
        HomesOf(table).ShouldBe(before);
    }

    [Fact]
    public void Select_WorkComesAndGoes_NoTargetExceedsItsBound() =>
        Prop.ForAll(SmallWeights, Gen.Elements(1.0, 1.1, 1.25, 2).ToArbitrary(), Seeds, (weights, factor, seed) =>
        {
            TestTarget[] targets = Weighted(weights);
            RoutingTable<TestTarget> table = new ConsistentHashStrategy(factor).CreateTable(targets);
            var chance = new Random(seed);
            var running = new List<TestTarget>();
            for (int step = 0; step < 400; step++)
            {
                if (running.Count > 0 && chance.Next(5) < 2)
                {
                    int ended = chance.Next(running.Count);
                    running[ended].ActiveCount--;
                    running.RemoveAt(ended);
                    continue;
                }

                // Few keys, so that without the bound some targets would be overrun.
                TestTarget chosen = table.Select(new RoutingRequest(Keys[chance.Next(5)]))!;
                chosen.ActiveCount++;
                running.Add(chosen);
                double share = (double)chosen.Weight / weights.Sum() * running.Count;
                if (chosen.ActiveCount > Math.Ceiling((factor * share) + 1e-9))
                    return false;
            }

            return true;
        }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void Select_NoBound_StaysWithTheHome()
    {
        RoutingTable<TestTarget> table =
            new ConsistentHashStrategy(double.PositiveInfinity).CreateTable(Weighted(1, 1, 1));
        TestTarget home = table.Select(new RoutingRequest(77))!;

        home.ActiveCount = int.MaxValue;

        table.Select(new RoutingRequest(77)).ShouldBe(home);
    }

    [Fact]
    public void Select_HomeBelowItsBoundByOne_Stays()
    {
        TestTarget[] targets = Weighted(1, 1, 1, 1);
        RoutingTable<TestTarget> table = Table(RoutingStrategies.ConsistentHash, targets);
        TestTarget home = table.Select(new RoutingRequest(77))!;
        TestTarget[] others = [.. targets.Where(target => target != home)];
        (home.ActiveCount, others[0].ActiveCount, others[1].ActiveCount) = (1, 1, 1);

        // 1.25 * (3 running + 1 new) / 4 targets, rounded up, is 2.
        table.Select(new RoutingRequest(77)).ShouldBe(home);
        home.ActiveCount = 2;
        table.Select(new RoutingRequest(77)).ShouldNotBe(home);
    }

    [Fact]
    public void Select_HomeAboveItsBound_GoesToTheKeysSecondChoice()
    {
        TestTarget[] targets = Weighted(1, 1, 1, 1);
        RoutingTable<TestTarget> table = Table(RoutingStrategies.ConsistentHash, targets);
        foreach (ulong key in Keys.Take(100))
        {
            TestTarget home = table.Select(new RoutingRequest(key))!;
            home.IsAvailable = false;
            TestTarget second = table.Select(new RoutingRequest(key))!;
            home.IsAvailable = true;

            home.ActiveCount = 10;
            table.Select(new RoutingRequest(key)).ShouldBe(second);
            home.ActiveCount = 0;
        }
    }

    [Fact]
    public void Select_NoKey_GivesTheLeastLoadedAndTiesGoRound()
    {
        TestTarget[] targets = Weighted(1, 1, 1);
        RoutingTable<TestTarget> table = Table(RoutingStrategies.ConsistentHash, targets);

        table.Sequence(6).ShouldBe("abcabc");
        targets[0].ActiveCount = 1;
        table.Sequence(4).ShouldBe("bcbc");
    }

    [Fact]
    public void CreateTable_MemberAdded_TheRoundOfKeylessRequestsGoesOn()
    {
        RoutingTable<TestTarget> before = Table(RoutingStrategies.ConsistentHash, Weighted(1, 1, 1));
        before.Sequence(2).ShouldBe("ab");

        RoutingTable<TestTarget> after =
            Strategy(RoutingStrategies.ConsistentHash).CreateTable(Weighted(1, 1, 1, 1), before);

        after.Sequence(3).ShouldBe("cda");
    }

    [Theory]
    [InlineData(0.99)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    public void ConsistentHashStrategy_FactorBelowOne_IsRefused(double factor) =>
        Should.Throw<ArgumentOutOfRangeException>(() => new ConsistentHashStrategy(factor));

    private static Arbitrary<int> Seeds { get; } = Gen.Choose(0, int.MaxValue).ToArbitrary();

    private static string[] HomesOf(TestTarget[] targets) =>
        HomesOf(Table(RoutingStrategies.ConsistentHash, targets));

    private static string[] HomesOf(RoutingTable<TestTarget> table) =>
        [.. Keys.Select(key => table.Select(new RoutingRequest(key))!.Id)];
}
