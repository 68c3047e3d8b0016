using ActorBalancer.Actors.Routing;
using ActorBalancer.Engine.Routing;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Routing.RoutingTestTools;

namespace ActorBalancer.Engine.Tests.Routing;

/// <summary><c>round-robin</c> and <c>smooth-round-robin</c>.</summary>
public sealed class TurnTableTests
{
    public static TheoryData<string> Names => [RoutingStrategies.RoundRobin, RoutingStrategies.SmoothRoundRobin];

    [Theory]
    [InlineData(RoutingStrategies.RoundRobin, new[] { 2, 1 }, "aabaab")]
    [InlineData(RoutingStrategies.RoundRobin, new[] { 1, 1, 1 }, "abcabc")]
    [InlineData(RoutingStrategies.RoundRobin, new[] { 1, 3 }, "abbbabbb")]
    [InlineData(RoutingStrategies.SmoothRoundRobin, new[] { 5, 1, 1 }, "aabacaaaabacaa")]
    [InlineData(RoutingStrategies.SmoothRoundRobin, new[] { 2, 1 }, "abaaba")]
    [InlineData(RoutingStrategies.SmoothRoundRobin, new[] { 1, 1, 1 }, "abcabc")]
    public void Select_AllAvailable_FollowsTheSchedule(string name, int[] weights, string expected) =>
        Table(name, Weighted(weights)).Sequence(expected.Length).ShouldBe(expected);

    [Theory]
    [MemberData(nameof(Names))]
    public void Select_WholePeriodsFromAnyPosition_GivesExactShares(string name) =>
        Prop.ForAll(SmallWeights, Gen.Choose(0, 100).ToArbitrary(), (weights, start) =>
        {
            RoutingTable<TestTarget> table = Table(name, Weighted(weights));
            table.Sequence(start);

            int[] counts = table.Count(3 * weights.Sum());

            return counts.SequenceEqual(weights.Select(weight => 3 * weight));
        }).Check(Config.QuickThrowOnFailure);

    [Theory]
    [MemberData(nameof(Names))]
    public void Select_OneIsDown_OthersKeepTheirSharesRelativeToEachOther(string name)
    {
        TestTarget[] targets = Weighted(3, 4, 1, 2);
        targets[1].IsAvailable = false;

        int[] counts = Strategy(name).CreateTable(targets).Count(60);

        counts.ShouldBe([30, 0, 10, 20]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Select_ManyThreads_GivesExactShares(string name)
    {
        int[] counts = Table(name, Weighted(5, 3, 1, 1)).CountByThreads(threads: 8, choicesEach: 25_000);

        counts.ShouldBe([100_000, 60_000, 20_000, 20_000]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Select_ManyThreadsWhileOneIsDown_GivesExactShares(string name)
    {
        TestTarget[] targets = Weighted(5, 2, 3, 2);
        targets[1].IsAvailable = false;

        int[] counts = Strategy(name).CreateTable(targets).CountByThreads(threads: 8, choicesEach: 25_000);

        counts.ShouldBe([100_000, 0, 60_000, 40_000]);
    }

    [Fact]
    public void Select_OthersChooseWhileATurnIsSkipped_NoTurnIsGivenTwice()
    {
        TestTarget[] targets = Weighted(1, 1, 1, 1);
        targets[1].IsAvailable = false;
        RoutingTable<TestTarget> table = Strategy(RoutingStrategies.RoundRobin).CreateTable(targets);

        string chosen = table.Interrupted(at: targets[2], count: 300);

        chosen.Length.ShouldBeGreaterThan(400);
        foreach (char id in "acd")
            chosen.Count(one => one == id).ShouldBeInRange(chosen.Length / 3, (chosen.Length / 3) + 1, chosen);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void CreateTable_SameMembersAgain_GoesOnWhereTheLastOneStopped(string name) =>
        Prop.ForAll(SmallWeights, Gen.Choose(0, 60).ToArbitrary(), (weights, start) =>
        {
            RoutingTable<TestTarget> whole = Table(name, Weighted(weights));
            RoutingTable<TestTarget> before = Table(name, Weighted(weights));
            whole.Sequence(start);
            before.Sequence(start);

            RoutingTable<TestTarget> after = Strategy(name).CreateTable(Weighted(weights), before);

            return after.Sequence(40) == whole.Sequence(40);
        }).Check(Config.QuickThrowOnFailure);

    [Theory]
    [InlineData(RoutingStrategies.RoundRobin)]
    [InlineData(RoutingStrategies.SmoothRoundRobin)]
    public void CreateTable_MembersComeBeforeTheFirstChoice_BeginsAtTheFirst(string name)
    {
        RoutingTable<TestTarget> early = Strategy(name).CreateTable([new TestTarget("b")]);

        RoutingTable<TestTarget> whole = Strategy(name).CreateTable(Weighted(2, 1), early);

        whole.Sequence(6).ShouldBe(Table(name, Weighted(2, 1)).Sequence(6));
    }

    [Fact]
    public void CreateTable_MemberAdded_WhoeverWasNextIsNext()
    {
        RoutingTable<TestTarget> before = Table(RoutingStrategies.RoundRobin, Weighted(1, 1, 1));
        before.Sequence(2).ShouldBe("ab");

        RoutingTable<TestTarget> after = Strategy(RoutingStrategies.RoundRobin)
            .CreateTable([new TestTarget("z"), .. Weighted(1, 1, 1)], before);

        after.Sequence(5).ShouldBe("czabc");
    }

    [Fact]
    public void CreateTable_InTheMiddleOfABurst_FinishesTheBurst()
    {
        RoutingTable<TestTarget> before = Table(RoutingStrategies.RoundRobin, Weighted(3, 1));
        before.Sequence(1).ShouldBe("a");

        RoutingTable<TestTarget> after =
            Strategy(RoutingStrategies.RoundRobin).CreateTable(Weighted(3, 1, 1), before);

        after.Sequence(6).ShouldBe("aabcaa");
    }

    [Fact]
    public void CreateTable_NextMemberHasGone_TheOneAfterItIsNext()
    {
        RoutingTable<TestTarget> before = Table(RoutingStrategies.RoundRobin, Weighted(1, 1, 1, 1));
        before.Sequence(1).ShouldBe("a");
        TestTarget[] members = Weighted(1, 1, 1, 1);

        RoutingTable<TestTarget> after = Strategy(RoutingStrategies.RoundRobin)
            .CreateTable([members[0], members[2], members[3]], before);

        after.Sequence(3).ShouldBe("cda");
    }

    [Fact]
    public void CreateTable_AllMembersReplaced_BeginsAtTheFirst()
    {
        RoutingTable<TestTarget> before = Table(RoutingStrategies.RoundRobin, Weighted(1, 1, 1));
        before.Sequence(2);

        RoutingTable<TestTarget> after = Strategy(RoutingStrategies.RoundRobin)
            .CreateTable([new TestTarget("x"), new TestTarget("y")], before);

        after.Sequence(2).ShouldBe("xy");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void CreateTable_AnyChangeOfMembersAndWeights_NextIsTheFirstOfTheOldOrderThatStayed(string name) =>
        Prop.ForAll(SmallWeights, SmallWeights, Gen.Choose(1, 100).ToArbitrary(), (oldWeights, newWeights, start) =>
        {
            RoutingTable<TestTarget> before = Table(name, Weighted(oldWeights));
            before.Sequence(start);
            TestTarget[] members = Weighted(newWeights);
            string stayed = string.Concat(members.Select(member => member.Id));

            RoutingTable<TestTarget> after = Strategy(name).CreateTable(members, before);

            string oldOrder = before.Sequence(oldWeights.Sum());
            return after.Select(default)!.Id[0] == oldOrder.First(id => stayed.Contains(id, StringComparison.Ordinal));
        }).Check(Config.QuickThrowOnFailure);
}
