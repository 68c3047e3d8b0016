using ActorBalancer.Engine.Routing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Routing;

public sealed class SplitMix64Tests
{
    /// <summary>The published first outputs for the seed 1234567.</summary>
    [Fact]
    public void Next_KnownSeed_GivesThePublishedSequence()
    {
        var chance = new SplitMix64(1_234_567);

        ulong[] outputs = [chance.Next(), chance.Next(), chance.Next(), chance.Next(), chance.Next()];

        outputs.ShouldBe([
            6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821,
        ]);
    }

    [Fact]
    public void NextBelow_AnyBound_StaysBelowItAndReachesAll()
    {
        var chance = new SplitMix64(5);
        var counts = new int[7];

        for (int draw = 0; draw < 70_000; draw++)
            counts[chance.NextBelow(7)]++;

        counts.ShouldFit([1, 1, 1, 1, 1, 1, 1]);
        chance.NextBelow(1).ShouldBe(0);
        chance.NextBelow(long.MaxValue).ShouldBeInRange(0, long.MaxValue - 1);
    }
}
