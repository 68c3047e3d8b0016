using ActorBalancer.Engine.Routing;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Routing.RoutingTestTools;

namespace ActorBalancer.Engine.Tests.Routing;

public sealed class WeightedDrawTests
{
    [Theory]
    [InlineData(0, new double[] { 3, 2, 4 })]
    [InlineData(1, new double[] { 5, 2, 4 })]
    [InlineData(3, new double[] { 5, 3, 2 })]
    public void Draw_OneIsTaken_TheOthersShareByWeight(int taken, double[] shares)
    {
        var draw = new WeightedDraw<TestTarget>(Weighted(5, 3, 2, 4));
        var chance = new SplitMix64(Seed);
        var counts = new int[4];

        for (int drawn = 0; drawn < 50_000; drawn++)
            counts[draw.Draw(ref chance, avoid: null, taken)]++;

        int[] others = [.. counts.Where((_, index) => index != taken)];
        counts[taken].ShouldBe(0);
        others.ShouldFit(shares);
    }

    [Fact]
    public void Draw_NothingLeft_GivesNone()
    {
        var chance = new SplitMix64(Seed);
        TestTarget[] targets = Weighted(1, 1);
        targets[1].IsAvailable = false;

        new WeightedDraw<TestTarget>([]).Draw(ref chance, avoid: null, taken: -1).ShouldBe(-1);
        new WeightedDraw<TestTarget>(Weighted(1)).Draw(ref chance, avoid: null, taken: 0).ShouldBe(-1);
        new WeightedDraw<TestTarget>(targets).Draw(ref chance, avoid: null, taken: 0).ShouldBe(-1);
        new WeightedDraw<TestTarget>(targets).Draw(ref chance, avoid: targets[0], taken: -1).ShouldBe(-1);
    }
}
