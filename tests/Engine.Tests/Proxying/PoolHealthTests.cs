using ActorBalancer.Engine.Alerts;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Proxying.PoolHarness;

namespace ActorBalancer.Engine.Tests.Proxying;

public sealed class PoolHealthTests
{
    [Fact]
    public async Task Apply_FirstCheckNotEnded_WaitsAndSendsNoTraffic()
    {
        var answer = new TaskCompletionSource<bool>();
        await using var harness = await StartAsync(Options(Of("a")));
        var slow = Of("slow") with { Health = new HealthOptions { Check = (_, _) => new(answer.Task) } };

        var applied = harness.ApplyAsync(Options(Of("a"), slow));

        // The pool hears of its change from another actor: what is asked of it directly may come first.
        while (harness.Pool.Find("slow") is null)
            await harness.SettleAsync();
        await harness.SettleAsync();

        applied.IsCompleted.ShouldBeFalse();
        harness.Turns(4).ShouldAllBe(id => id == "a");
        harness.StatusOf("slow").LastChecked.ShouldBeNull();
        harness.StatusOf("slow").IsHealthy.ShouldBeFalse();
        harness.TryEnter(new PickRequest(harness.Find("slow"))).Backend!.Id.ShouldBe("a");

        answer.SetResult(true);
        await applied.WaitAsync(TestSignal.Guard);
        harness.Turns(4).ShouldContain("slow");
    }

    [Fact]
    public async Task FirstCheck_Bad_CallsDownAtOnceWithAnAlert()
    {
        await using var harness = await StartAsync(
            Options(Of("a") with { Health = new HealthOptions() }, Of("b")), "a");

        harness.StatusOf("a").IsHealthy.ShouldBeFalse();
        harness.StatusOf("a").Streak.ShouldBe(-1);
        harness.StatusOf("a").LastError.ShouldBe("the check said no");
        harness.Turns(3).ShouldAllBe(id => id == "b");
        var alert = harness.Alerts.ShouldHaveSingleItem();
        alert.Kind.ShouldBe(AlertKind.BackendDown);
        alert.Owner.ShouldBe("a@owners.test");
        alert.Url.ShouldBe("http://a.test");
    }

    [Fact]
    public async Task Checks_FallAndRise_DecideInRows()
    {
        var checkedOften = Of("a") with { Health = new HealthOptions { Fall = 3, Rise = 2 } };
        await using var harness = await StartAsync(Options(checkedOften));

        harness.SetHealth("a", false);
        await harness.CheckAsync(1);
        await harness.CheckAsync(1);
        harness.StatusOf("a").IsHealthy.ShouldBeTrue();
        harness.StatusOf("a").Streak.ShouldBe(-2);
        await harness.CheckAsync(1);
        harness.StatusOf("a").IsHealthy.ShouldBeFalse();
        harness.TryEnter().Kind.ShouldBe(PickKind.NoneHealthy);

        harness.SetHealth("a", true);
        await harness.CheckAsync(1);
        harness.StatusOf("a").IsHealthy.ShouldBeFalse();
        await harness.CheckAsync(1);
        harness.StatusOf("a").IsHealthy.ShouldBeTrue();
        harness.StatusOf("a").LastError.ShouldBeNull();

        harness.Alerts.Select(alert => alert.Kind).ShouldBe([AlertKind.BackendDown, AlertKind.BackendUp]);
        harness.Alerts.First().Reason.ShouldBe("3 failed checks, the last: the check said no");
        harness.Log.CountOf(604).ShouldBe(1);
        harness.Log.CountOf(605).ShouldBe(2);
    }

    [Fact]
    public async Task Checks_Again_ComeWithinTheInterval()
    {
        var interval = TimeSpan.FromSeconds(100);
        var patient = Of("a") with { Health = new HealthOptions { Interval = interval } };
        await using var harness = await StartAsync(Options(patient));
        for (var round = 1; round <= 20; round++)
        {
            // A tenth is chance, another one the last advance, on the way of which the last check began.
            harness.Time.Advance((interval * 0.8) - TimeSpan.FromMilliseconds(1));
            harness.Time.ActiveTimers.ShouldBe(1, "the check is still to come");
            harness.Time.Advance((interval * 0.2) + TimeSpan.FromMilliseconds(1));
            await harness.Log.WaitForAsync(613, round + 1);
        }
    }

    [Theory]
    [InlineData(0, 0, 10_000)]
    [InlineData(1000, 0, 9000)]
    [InlineData(500, 2000, 7500)]
    [InlineData(0, 9500, 1000)]
    [InlineData(0, 30_000, 1000)]
    public void Wait_ChanceAndTimePassed_CountFromBeginToBeginWithAPause(int chance, int passed, int expected) =>
        BackendActor.Wait(Milliseconds(10_000), Milliseconds(chance), Milliseconds(passed))
            .ShouldBe(Milliseconds(expected));

    [Fact]
    public async Task Checks_OneThatHangs_HoldsNothingElseUp()
    {
        var hung = new TaskCompletionSource<bool>();
        var asked = new TestSignal("the check that hangs");
        var hangs = false;
        var odd = Of("odd") with
        {
            Health = new HealthOptions { Check = (_, _) => hangs ? HangAsync() : new(true), Fall = 1 },
        };
        await using var harness = await StartAsync(Options(odd, Of("b")));

        hangs = true;
        harness.SetHealth("b", false);
        await harness.CheckAsync(1);
        harness.StatusOf("b").IsHealthy.ShouldBeFalse();
        harness.StatusOf("odd").IsHealthy.ShouldBeTrue();
        await asked.WaitAsync();

        // Its own time-out calls it down; and as it still hangs, the next check says so without asking again.
        await harness.CheckAsync(2);
        harness.StatusOf("odd").IsHealthy.ShouldBeFalse();
        harness.StatusOf("odd").LastError.ShouldBeOneOf(
            "timed out after 2000 ms", "the check before has not ended yet");
        hung.SetResult(true);

        ValueTask<bool> HangAsync()
        {
            asked.Set();
            return new(hung.Task);
        }
    }

    [Fact]
    public async Task Checks_OneThatThrows_IsAFailedCheckWithItsMessage()
    {
        var throwing = Of("a") with
        {
            Health = new HealthOptions { Check = (_, _) => throw new InvalidOperationException("no\nluck") },
        };
        await using var harness = await StartAsync(Options(throwing));

        harness.StatusOf("a").LastError.ShouldBe("no luck");
    }

    [Fact]
    public async Task Events_ChangesOfHealthAndState_GiveUpdatesAndNothingElseDoes()
    {
        await using var harness = await StartAsync(Options(Of("a"), Of("b")));
        var events = harness.Pool.Events.Subscribe(out var stop);

        await harness.CheckAsync(2);
        events.TryRead(out _).ShouldBeFalse();
        await harness.FlipAsync("a", false);
        events.TryRead(out var update).ShouldBeTrue();
        update.ShouldBeOfType<UpdateEvent>().Status.Backends[0].IsHealthy.ShouldBeFalse();
        await harness.OrderAsync("b", BackendState.Down);
        events.TryRead(out update).ShouldBeTrue();
        update.ShouldBeOfType<UpdateEvent>().Status.Backends[1].State.ShouldBe(BackendState.Down);
        stop();
    }

    [Fact]
    public async Task Dispose_Always_ClosesEverything()
    {
        var harness = await StartAsync(Options(Of("a"), Of("b")));
        var backend = harness.Enter();
        var pool = harness.Pool;

        await harness.DisposeAsync();

        backend.Closing.WaitHandle.WaitOne(TestSignal.Guard).ShouldBeTrue();
        harness.Connections.ShouldAllBe(one => one.IsDisposed);
        harness.Time.ActiveTimers.ShouldBe(0);
        (await pool.EnterAsync(default, CancellationToken.None)).Kind.ShouldBe(PickKind.NoneHealthy);
        (await pool.OrderAsync("a", BackendState.Down)).ShouldBe(OrderAnswer.Unknown);
        pool.Leave(backend);
        backend.ActiveCount.ShouldBe(0);
    }

    private static TimeSpan Milliseconds(int count) => TimeSpan.FromMilliseconds(count);
}
