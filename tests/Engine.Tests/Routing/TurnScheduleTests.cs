using ActorBalancer.Engine.Routing;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Routing.RoutingTestTools;

namespace ActorBalancer.Engine.Tests.Routing;

public sealed class TurnScheduleTests
{
    [Theory]
    [InlineData(new[] { 2, 1 }, new[] { 2, 1 })]
    [InlineData(new[] { 4, 2 }, new[] { 2, 1 })]
    [InlineData(new[] { 100, 100, 100 }, new[] { 1, 1, 1 })]
    [InlineData(new[] { 6, 10, 15 }, new[] { 6, 10, 15 })]
    [InlineData(new[] { 0, -5, 2 }, new[] { 1, 1, 2 })]
    [InlineData(new[] { int.MaxValue, int.MaxValue }, new[] { 1, 1 })]
    public void Turns_PeriodWithinTheLimit_AreTheWeightsReduced(int[] weights, int[] expected) =>
        TurnSchedule.Turns(Weighted(weights)).ShouldBe(expected);

    [Fact]
    public void Turns_SillyWeights_AreRoundedToTheLimit()
    {
        TurnSchedule.Turns(Weighted(1_000_003, 1_000_000)).ShouldBe([2048, 2048]);
        TurnSchedule.Turns(Weighted(3_000_001, 1_000_000)).ShouldBe([3072, 1024]);
        TurnSchedule.Turns(Weighted(int.MaxValue, 1)).ShouldBe([4095, 1]);
    }

    [Fact]
    public void Turns_AnyWeights_AreWithinOneOfTheirDueAndThePeriodWithinItsBound() =>
        Prop.ForAll(LargeWeights, weights =>
        {
            int[] turns = TurnSchedule.Turns(Weighted(weights));

            double total = weights.Sum(weight => (double)weight);
            bool fair = turns.Zip(weights).All(pair => pair.First >= 1
                && Math.Abs(pair.First - (pair.Second / total * TurnSchedule.LengthMax)) <= 1.000001);
            return fair && turns.Sum() is >= TurnSchedule.LengthMax and <= TurnSchedule.LengthMax + 20;
        }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void Turns_MoreTargetsThanTheLimit_GiveEachATurn()
    {
        TestTarget[] targets =
            [.. Enumerable.Range(0, 5_000).Select(index => new TestTarget($"{index}", 1 + (index % 1_000)))];

        int[] turns = TurnSchedule.Turns(targets);

        turns.Min().ShouldBe(1);
        turns.Sum().ShouldBeInRange(20_000, 25_000);
        TurnSchedule.Interleaved(turns).Length.ShouldBe(turns.Sum());
    }

    [Fact]
    public void InBursts_AnyTurns_PutsThemInARow() =>
        TurnSchedule.InBursts([2, 1, 3]).ShouldBe([0, 0, 1, 2, 2, 2]);

    [Fact]
    public void Interleaved_WeightsOfNginxsExample_GivesItsSequence() =>
        TurnSchedule.Interleaved([5, 1, 1]).ShouldBe([0, 0, 1, 0, 2, 0, 0]);

    [Fact]
    public void Interleaved_AnyTurns_IsWhatNginxDoesTargetByTarget() =>
        Prop.ForAll(SmallWeights, weights => TurnSchedule.Interleaved(weights).SequenceEqual(AsNginx(weights)))
            .Check(Config.QuickThrowOnFailure);

    private static Arbitrary<int[]> LargeWeights { get; } = (
        from count in Gen.Choose(2, 20)
        from weights in Gen.ArrayOf(Gen.Choose(1, int.MaxValue), count)
        where weights.Sum(weight => (double)weight) > 1e7
        select weights.Append(999_999_937).ToArray()).ToArbitrary();

    /// <summary>The algorithm in its plain form, one credit for each target.</summary>
    private static int[] AsNginx(int[] weights)
    {
        var credits = new long[weights.Length];
        var slots = new int[weights.Sum()];
        for (int slot = 0; slot < slots.Length; slot++)
        {
            for (int index = 0; index < weights.Length; index++)
                credits[index] += weights[index];
            slots[slot] = Array.IndexOf(credits, credits.Max());
            credits[slots[slot]] -= slots.Length;
        }

        return slots;
    }
}
