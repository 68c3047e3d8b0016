using ActorBalancer.Engine.Proxying;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Proxying;

public sealed class HealthTallyTests
{
    [Theory]
    [InlineData("+", "U")]
    [InlineData("-", "D")]
    [InlineData("+--", "UUU")]
    [InlineData("+---", "UUUD")]
    [InlineData("+--+--", "UUUUUU")]
    [InlineData("---+", "DDDD")]
    [InlineData("-++", "DDU")]
    [InlineData("-+-+-++", "DDDDDDU")]
    [InlineData("+---+-++---", "UUUDDDDUUUD")]
    public void Take_FallThreeRiseTwo_GoesBy(string checks, string verdicts)
    {
        var tally = new HealthTally();
        var seen = "";
        foreach (var check in checks)
        {
            var before = tally.Health;
            tally.Take(check == '+', fall: 3, rise: 2).ShouldBe(before != tally.Health);
            seen += tally.Health.ToString()[0];
        }

        seen.ShouldBe(verdicts);
    }

    [Fact]
    public void Take_Any_CountsTheRow()
    {
        var tally = new HealthTally();
        tally.Streak.ShouldBe(0);
        tally.Take(true, 1, 1);
        tally.Take(true, 1, 1);
        tally.Streak.ShouldBe(2);
        tally.Take(false, 1, 1);
        tally.Streak.ShouldBe(-1);
    }
}
