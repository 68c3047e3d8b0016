using System.Reflection;
using ActorBalancer.Actors.Routing;
using ActorBalancer.Engine.Routing;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Routing.RoutingTestTools;

namespace ActorBalancer.Engine.Tests.Routing;

/// <summary>The names, and what every strategy promises.</summary>
public sealed class RoutingStrategiesTests
{
    public static TheoryData<string> Names => [.. RoutingStrategies.Names];

    [Fact]
    public void Names_AsDocumented_AreAllConstantsAndNothingElse()
    {
        string[] constants =
        [
            .. typeof(RoutingStrategies).GetFields(BindingFlags.Public | BindingFlags.Static)
                .Where(field => field.IsLiteral)
                .Select(field => (string)field.GetRawConstantValue()!),
        ];

        RoutingStrategies.Names.ShouldBe(constants, ignoreOrder: true);
        RoutingStrategies.Names.ShouldBeUnique();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void TryCreate_ValidName_GivesTheStrategyOfThatName(string name)
    {
        RoutingStrategies.TryCreate(name, Seed, out RoutingStrategy? strategy).ShouldBeTrue();

        strategy!.Name.ShouldBe(name);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Round-Robin")]
    [InlineData("round-robin ")]
    [InlineData("fastest")]
    public void TryCreate_InvalidName_IsRefused(string? name)
    {
        RoutingStrategies.TryCreate(name, Seed, out RoutingStrategy? strategy).ShouldBeFalse();

        strategy.ShouldBeNull();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Select_NoTargets_GivesNull(string name)
    {
        RoutingTable<TestTarget> table = Table(name);

        table.Select(default).ShouldBeNull();
        table.Select(new RoutingRequest(KeyHash: 7)).ShouldBeNull();
        table.Select(new RoutingRequest(Avoid: new TestTarget("gone"))).ShouldBeNull();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void CreateTable_NullTargets_Throws(string name) =>
        Should.Throw<ArgumentNullException>(() => Strategy(name).CreateTable<TestTarget>(null!));

    [Theory]
    [MemberData(nameof(Names))]
    public void Select_TargetsInAnyState_NeverGivesAnUnavailableOneAndNullOnlyIfAllAre(string name) =>
        Prop.ForAll(AnyTargets, Keys, (targets, key) =>
        {
            RoutingTable<TestTarget> table = Strategy(name).CreateTable(targets);
            bool anyAvailable = targets.Any(target => target.IsAvailable);
            for (int choice = 0; choice < 50; choice++)
            {
                TestTarget? chosen = table.Select(new RoutingRequest(key));
                if ((chosen is not null) != anyAvailable || chosen is { IsAvailable: false })
                    return false;
            }

            return true;
        }).Check(Config.QuickThrowOnFailure);

    [Theory]
    [MemberData(nameof(Names))]
    public void Select_WithAvoid_GivesTheAvoidedOneOnlyIfItAloneIsAvailable(string name) =>
        Prop.ForAll(AnyTargets, Keys, (targets, key) =>
        {
            RoutingTable<TestTarget> table = Strategy(name).CreateTable(targets);
            foreach (TestTarget avoid in targets)
            {
                TestTarget[] others = [.. targets.Where(target => target.IsAvailable && target != avoid)];
                for (int choice = 0; choice < 10; choice++)
                {
                    TestTarget? chosen = table.Select(new RoutingRequest(key, avoid));
                    bool right = others.Length > 0
                        ? others.Contains(chosen)
                        : chosen == (avoid.IsAvailable ? avoid : null);
                    if (!right)
                        return false;
                }
            }

            return true;
        }).Check(Config.QuickThrowOnFailure);

    [Theory]
    [MemberData(nameof(Names))]
    public void Select_AvoidFromBeforeAReload_IsHonouredByItsId(string name)
    {
        RoutingTable<TestTarget> table = Table(name, new TestTarget("a"), new TestTarget("b"));

        table.Sequence(20, new RoutingRequest(Avoid: new TestTarget("a"))).ShouldBe(new string('b', 20));
        table.Sequence(20, new RoutingRequest(KeyHash: 3, Avoid: new TestTarget("b"))).ShouldBe(new string('a', 20));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Select_TargetsChangeWhileTheTableIsInUse_FollowsThem(string name)
    {
        TestTarget[] targets = Weighted(1, 1, 1);
        RoutingTable<TestTarget> table = Strategy(name).CreateTable(targets);
        table.Sequence(7);

        foreach (TestTarget only in targets)
        {
            foreach (TestTarget target in targets)
                target.IsAvailable = target == only;
            table.Sequence(5).ShouldBe(string.Concat(Enumerable.Repeat(only.Id, 5)));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void CreateTable_FromATableOfAnotherStrategy_Works(string name)
    {
        foreach (string other in RoutingStrategies.Names)
        {
            RoutingTable<TestTarget> before = Table(other, Weighted(2, 1));
            before.Select(default);

            Strategy(name).CreateTable(Weighted(1, 1, 1), before).Select(default).ShouldNotBeNull();
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Select_AnyPath_AllocatesNothing(string name)
    {
        TestTarget[] targets = Weighted(1, 3, 1, 2, 1);
        targets[2].IsAvailable = false;
        targets[3].ActiveCount = 100;
        RoutingTable<TestTarget> table = Strategy(name).CreateTable(targets);
        TestTarget[] down = Weighted(1, 1);
        down[0].IsAvailable = down[1].IsAvailable = false;
        RoutingTable<TestTarget> downTable = Strategy(name).CreateTable(down);
        Exercise(table, downTable, targets, choices: 2_000);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Exercise(table, downTable, targets, choices: 2_000);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        allocated.ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Select_ManyThreadsWhileAvailabilityChanges_NeverGivesTheOneThatStaysDown(string name)
    {
        TestTarget[] targets = Weighted(3, 2, 1, 1);
        targets[1].IsAvailable = false;
        RoutingTable<TestTarget> table = Strategy(name).CreateTable(targets);
        int wrong = 0;
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(number => new Thread(() => Choose((ulong)number)))];

        foreach (Thread thread in threads)
            thread.Start();
        for (int change = 0; change < 20_000; change++)
            targets[2].IsAvailable = !targets[2].IsAvailable;
        foreach (Thread thread in threads)
            thread.Join();

        wrong.ShouldBe(0);

        void Choose(ulong number)
        {
            for (ulong choice = 0; choice < 10_000; choice++)
            {
                TestTarget? chosen = table.Select(new RoutingRequest(choice * number, targets[3]));
                if (chosen is null || chosen == targets[1])
                    Interlocked.Increment(ref wrong);
            }
        }
    }

    private static Arbitrary<ulong> Keys { get; } =
        Gen.Choose(0, int.MaxValue).Select(number => number % 4 == 0 ? 0 : (ulong)number).ToArbitrary();

    private static void Exercise(
        RoutingTable<TestTarget> table, RoutingTable<TestTarget> downTable, TestTarget[] targets, int choices)
    {
        for (int choice = 0; choice < choices; choice++)
        {
            table.Select(default);
            table.Select(new RoutingRequest((ulong)choice));
            table.Select(new RoutingRequest((ulong)choice, targets[choice % targets.Length]));
            downTable.Select(new RoutingRequest((ulong)choice, targets[0]));
        }
    }
}
