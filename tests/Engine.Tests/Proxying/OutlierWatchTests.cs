using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Proxying;

public sealed class OutlierWatchTests
{
    private readonly ManualTimeProvider _time = new();

    [Theory]
    [InlineData("FFFFF", "FailuresInARow")]
    [InlineData("FFFF", "None")]
    [InlineData("FFFFAF", "None")]
    [InlineData("FFFFCF", "FailuresInARow")]
    [InlineData("ABABABABAB", "FailuresInARow")]
    [InlineData("ABABABABAAB", "None")]
    [InlineData("ABABFFABAB", "None")]
    [InlineData("EEEEE", "None")]
    public void Observe_Rows_AreSeen(string attempts, string expected) =>
        Observe(new OutlierWatch(new OutlierOptions(), _time), attempts, active: 1)
            .ToString().ShouldBe(expected);

    [Fact]
    public void Observe_BrokenBodiesAmongManyAtOnce_AreSeen() =>
        Observe(new OutlierWatch(new OutlierOptions(), _time), "AAAAAABBBABBA", active: 6)
            .ShouldBe(Suspicion.FailuresInARow);

    [Fact]
    public void Observe_RareBrokenBodiesBesideOpenTunnels_AreNoRow()
    {
        var watch = new OutlierWatch(new OutlierOptions(), _time);
        for (var round = 0; round < 20; round++)
            Observe(watch, "BAAAAAAAAAA", active: 1000).ShouldBe(Suspicion.None);
    }

    [Fact]
    public void Observe_ErrorRate_CountsWithinTheWindowFromTheLeastNumberOn()
    {
        var watch = new OutlierWatch(new OutlierOptions(), _time);
        Observe(watch, new string('E', 19)).ShouldBe(Suspicion.None);
        _time.Advance(TimeSpan.FromSeconds(11));
        Observe(watch, "E").ShouldBe(Suspicion.None);
        Observe(watch, "AAAAAAAAAAEEEEEEEE").ShouldBe(Suspicion.None);
        Observe(watch, "E").ShouldBe(Suspicion.ErrorRate);
    }

    [Fact]
    public void Observe_AfterWord_SaysNothingUntilRefusedAndASecondLater()
    {
        var watch = new OutlierWatch(new OutlierOptions(), _time);
        Observe(watch, "FFFFF").ShouldBe(Suspicion.FailuresInARow);
        Observe(watch, "FFFFF").ShouldBe(Suspicion.None);
        watch.Refuse(_time.GetTimestamp());
        Observe(watch, "F").ShouldBe(Suspicion.None);
        _time.Advance(TimeSpan.FromSeconds(1));
        Observe(watch, "F").ShouldBe(Suspicion.FailuresInARow);
        watch.Reset();
        Observe(watch, "FFFF").ShouldBe(Suspicion.None);
        Observe(watch, "F").ShouldBe(Suspicion.FailuresInARow);
    }

    [Fact]
    public void Observe_SwitchedOff_SaysNothing() =>
        Observe(
            new OutlierWatch(new OutlierOptions { ConsecutiveFailures = 0, ErrorRate = 0 }, _time),
            new string('F', 50) + new string('E', 50)).ShouldBe(Suspicion.None);

    /// <summary>A: answer, B: its body broke off, C: the client left, E: 500, F: no connection.</summary>
    private Suspicion Observe(OutlierWatch watch, string attempts, int active = 1)
    {
        var said = Suspicion.None;
        foreach (var attempt in attempts)
        {
            var result = attempt switch
            {
                'A' => new AttemptResult(AttemptKind.Answered, 200, default),
                'B' => new AttemptResult(AttemptKind.BrokeOff, 200, default),
                'C' => new AttemptResult(AttemptKind.ClientGone, 0, default),
                'E' => new AttemptResult(AttemptKind.Answered, 500, default),
                _ => new AttemptResult(AttemptKind.ConnectFailed, 0, default),
            };
            var now = watch.Observe(result, active, _time.GetTimestamp());
            said = now == Suspicion.None ? said : now;
        }

        return said;
    }
}
