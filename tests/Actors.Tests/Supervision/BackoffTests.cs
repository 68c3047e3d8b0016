using ActorBalancer.Actors.Tests.Kit;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Actors.Tests.Supervision;

public sealed class BackoffTests : ActorTest
{
    private static readonly SupervisorStrategy Plain = new()
    {
        MaxRestarts = SupervisorStrategy.Unlimited,
        Within = Seconds(60),
        MinBackoff = Seconds(1),
        MaxBackoff = Seconds(4),
        JitterFactor = 0,
    };

    [Fact]
    public async Task Restart_DuringBackoff_MailboxIsKeptAndNotProcessed()
    {
        var log = Log();
        var child = await ChildAsync(Plain, new PuppetScript { Log = log.Ref });
        await log.ExpectAsync("PreStart 1");

        child.Fail("broken");
        child.Do(self => self.Log($"handled by {self.Number}"));
        await log.ExpectAllAsync("PreRestart 1 broken", "PostStop 1");
        await Clock.WaitForTimerAsync(Seconds(1));
        Clock.Advance(Seconds(1) - TimeSpan.FromTicks(1));
        await log.ExpectNothingAsync();
        Clock.Advance(TimeSpan.FromTicks(1));

        await log.ExpectAllAsync("PostRestart 2 broken", "PreStart 2", "handled by 2");
    }

    [Fact]
    public async Task Restart_DuringBackoff_TimersHaveEnded()
    {
        var child = await ChildAsync(Plain);
        child.Do(self => self.Context.Timers.StartPeriodic("key", _ => default, Seconds(60)));

        child.Fail("broken");
        await Clock.WaitForTimerAsync(Seconds(1));

        Clock.ActiveTimers.ShouldBe(1, "the back-off's own");
    }

    [Fact]
    public async Task Restart_AgainAndAgain_BackoffDoublesUpToTheMaximum()
    {
        var child = await ChildAsync(Plain);

        foreach (var seconds in (double[])[1, 2, 4, 4]) await FailAndWaitAsync(child, Seconds(seconds));
    }

    [Fact]
    public async Task Restart_AfterALongLife_BackoffBeginsAnew()
    {
        var child = await ChildAsync(Plain);
        await FailAndWaitAsync(child, Seconds(1));
        await FailAndWaitAsync(child, Seconds(2));

        Clock.Advance(Seconds(60));

        await FailAndWaitAsync(child, Seconds(1));
    }

    [Fact]
    public async Task Restart_WithJitter_WaitIsLongerByTheSeededShare()
    {
        var child = await ChildAsync(Plain with { JitterFactor = 0.5 });
        var chance = new Random(17).NextDouble();

        await FailAndWaitAsync(child, Seconds(1) * (1 + (0.5 * chance)));
    }

    [Fact]
    public async Task Stop_DuringBackoff_EndsAtOnceAndPostStopRanOnce()
    {
        var log = Log();
        var child = await ChildAsync(Plain, new PuppetScript { Log = log.Ref });
        child.Fail("broken");
        child.Do(_ => throw new InvalidOperationException("must not run"));
        await Clock.WaitForTimerAsync(Seconds(1));

        await System.StopAsync(child).WaitAsync(TestSignal.Guard);

        await log.ExpectAllAsync("PreStart 1", "PreRestart 1 broken", "PostStop 1");
        await log.ExpectNothingAsync();
        Clock.ActiveTimers.ShouldBe(0);
        System.DeadLetterCount.ShouldBe(1);
    }

    [Fact]
    public async Task Restart_LimitWithinASlidingWindow_OldRestartsDoNotCount()
    {
        var strategy = AtOnce with { MaxRestarts = 2, Within = Seconds(10) };
        var parent = Spawn("parent", new PuppetScript { Strategy = strategy });
        var child = await parent.GetAsync(self => self.Spawn("child"));

        for (var i = 0; i < 5; i++)
        {
            child.Fail("broken");
            await child.SettleAsync();
            Clock.Advance(Seconds(5));
        }

        (await child.GetAsync(self => self.Number)).ShouldBe(6);
        (await parent.GetAsync(self => self.Number)).ShouldBe(1);
    }

    [Fact]
    public async Task Inspect_DuringBackoff_SaysSo()
    {
        var child = await ChildAsync(Plain);
        child.Fail("broken");
        await Clock.WaitForTimerAsync(Seconds(1));

        var node = System.Inspect().Children.Single(one => one.Path == "/user/parent").Children.Single();

        node.State.ShouldBe(ActorState.BackingOff);
        node.LastFailure.ShouldBe(new ActorFailure(Clock.GetUtcNow(), nameof(PuppetException), "broken"));
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private async Task<ActorRef<Act>> ChildAsync(SupervisorStrategy strategy, PuppetScript? script = null)
    {
        var parent = Spawn("parent", new PuppetScript { Strategy = strategy });
        return await parent.GetAsync(self => self.Spawn("child", script));
    }

    private async Task FailAndWaitAsync(ActorRef<Act> child, TimeSpan backoff)
    {
        child.Fail("broken");
        await Clock.WaitForTimerAsync(backoff);
        Clock.Advance(backoff);
        await child.SettleAsync();
    }
}
