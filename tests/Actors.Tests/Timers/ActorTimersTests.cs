using ActorBalancer.Actors.Tests.Kit;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Actors.Tests.Timers;

public sealed class ActorTimersTests : ActorTest
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly List<string> _ticks = [];

    [Fact]
    public async Task StartSingle_Due_ComesOnceAndIsActiveUntilThen()
    {
        var actor = Spawn("one");
        actor.Do(self => self.Context.Timers.StartSingle("key", Tick("tick"), Second));
        (await actor.GetAsync(self => self.Context.Timers.IsActive("key"))).ShouldBeTrue();

        Clock.Advance(Second - TimeSpan.FromTicks(1));
        await ShouldHaveTickedAsync(actor);
        Clock.Advance(TimeSpan.FromTicks(1));
        await ShouldHaveTickedAsync(actor, "tick");
        Clock.Advance(10 * Second);
        await ShouldHaveTickedAsync(actor, "tick");

        (await actor.GetAsync(self => self.Context.Timers.IsActive("key"))).ShouldBeFalse();
        Clock.ActiveTimers.ShouldBe(0);
    }

    [Fact]
    public async Task StartSingle_NoDelay_ComesAtTheNextMoment()
    {
        var actor = Spawn("one");
        actor.Do(self => self.Context.Timers.StartSingle("key", Tick("tick"), TimeSpan.Zero));
        await actor.SettleAsync();

        Clock.Advance(TimeSpan.Zero);

        await ShouldHaveTickedAsync(actor, "tick");
    }

    [Fact]
    public async Task StartPeriodic_ThreeIntervals_ThreeTicks()
    {
        var actor = Spawn("one");
        actor.Do(self => self.Context.Timers.StartPeriodic("key", Tick("tick"), Second));
        await actor.SettleAsync();

        Clock.Advance(Second);
        await ShouldHaveTickedAsync(actor, "tick");
        Clock.Advance(Second);
        await ShouldHaveTickedAsync(actor, "tick", "tick");
        Clock.Advance(Second);
        await ShouldHaveTickedAsync(actor, "tick", "tick", "tick");
        (await actor.GetAsync(self => self.Context.Timers.IsActive("key"))).ShouldBeTrue();
    }

    [Fact]
    public async Task StartPeriodic_ActorIsBusy_TicksDoNotPileUp()
    {
        var actor = Spawn("one");
        actor.Do(self => self.Context.Timers.StartPeriodic("key", Tick("tick"), Second));
        var release = await actor.HoldAsync();
        Clock.Advance(10 * Second);

        release.Set();

        await ShouldHaveTickedAsync(actor, "tick");
        Clock.Advance(Second);
        await ShouldHaveTickedAsync(actor, "tick", "tick");
    }

    [Fact]
    public async Task Start_SameKey_OldOneIsReplaced()
    {
        var actor = Spawn("one");
        actor.Do(self =>
        {
            self.Context.Timers.StartSingle("key", Tick("old"), Second);
            self.Context.Timers.StartSingle("key", Tick("new"), 2 * Second);
        });
        await actor.SettleAsync();

        Clock.Advance(2 * Second);

        await ShouldHaveTickedAsync(actor, "new");
    }

    [Fact]
    public async Task Start_SameKeyWhileTheOldTickWaits_OldTickIsDropped()
    {
        var actor = Spawn("one");
        actor.Do(self => self.Context.Timers.StartSingle("key", Tick("old"), Second));
        var release = await actor.HoldAsync();
        actor.Do(self => self.Context.Timers.StartSingle("key", Tick("new"), Second));
        // Falls due while the actor is held: it waits in the mailbox behind the order that replaces it.
        Clock.Advance(Second);

        release.Set();
        await ShouldHaveTickedAsync(actor);
        Clock.Advance(Second);

        await ShouldHaveTickedAsync(actor, "new");
    }

    [Fact]
    public async Task Cancel_TickWaitsAlready_IsDropped()
    {
        var actor = Spawn("one");
        actor.Do(self => self.Context.Timers.StartPeriodic("key", Tick("tick"), Second));
        var release = await actor.HoldAsync();
        actor.Do(self => self.Context.Timers.Cancel("key"));
        Clock.Advance(Second);

        release.Set();

        await ShouldHaveTickedAsync(actor);
        Clock.ActiveTimers.ShouldBe(0);
    }

    [Fact]
    public async Task Cancel_UnknownKey_DoesNothing()
    {
        var actor = Spawn("one");

        await actor.GetAsync(self =>
        {
            self.Context.Timers.Cancel("unknown");
            return true;
        });
    }

    [Fact]
    public async Task CancelAll_TwoTimers_BothEnd()
    {
        var actor = Spawn("one");
        actor.Do(self =>
        {
            self.Context.Timers.StartPeriodic("one", Tick("one"), Second);
            self.Context.Timers.StartSingle("two", Tick("two"), Second);
            self.Context.Timers.CancelAll();
        });
        await actor.SettleAsync();

        Clock.ActiveTimers.ShouldBe(0);
    }

    [Fact]
    public async Task Tick_MessagesWaitWhenItFallsDue_ComesBehindThem()
    {
        var actor = Spawn("one");
        actor.Do(self => self.Context.Timers.StartSingle("key", Tick("tick"), Second));
        var release = await actor.HoldAsync();
        for (var i = 0; i < 3; i++) actor.Tell(Tick($"message {i}"));
        Clock.Advance(Second);

        release.Set();

        await ShouldHaveTickedAsync(actor, "message 0", "message 1", "message 2", "tick");
    }

    [Fact]
    public async Task Tick_HandlerFails_IsSupervised()
    {
        var actor = Spawn("one");
        actor.Do(self => self.Context.Timers.StartSingle("key", _ => throw new PuppetException("tick"), Second));
        await actor.SettleAsync();

        Clock.Advance(Second);
        await actor.SettleAsync();

        (await actor.GetAsync(self => self.Number)).ShouldBe(2);
    }

    [Fact]
    public async Task Restart_WithTimers_TheyEnd()
    {
        var actor = Spawn("one");
        actor.Do(self => self.Context.Timers.StartPeriodic("key", Tick("tick"), Second));
        var release = await actor.HoldAsync();
        actor.Fail("broken");
        Clock.Advance(Second);

        release.Set();
        await actor.SettleAsync();

        Clock.ActiveTimers.ShouldBe(0);
        Clock.Advance(Second);
        await ShouldHaveTickedAsync(actor);
        (await actor.GetAsync(self => self.Context.Timers.IsActive("key"))).ShouldBeFalse();
    }

    [Fact]
    public async Task Stop_WithTimers_TheyEnd()
    {
        var script = new PuppetScript
        {
            PostStop = self =>
            {
                // Nobody would ever cancel this one: it must not start.
                self.Context.Timers.StartPeriodic("late", Tick("late"), Second);
                return default;
            },
        };
        var actor = Spawn("one", script);
        actor.Do(self => self.Context.Timers.StartPeriodic("key", Tick("tick"), Second));
        await actor.SettleAsync();

        await System.StopAsync(actor).WaitAsync(TestSignal.Guard);

        Clock.ActiveTimers.ShouldBe(0);
        System.DeadLetterCount.ShouldBe(0);
    }

    [Fact]
    public async Task Start_TimesOutOfRange_Throw()
    {
        var actor = Spawn("one");

        await Should.ThrowAsync<ArgumentOutOfRangeException>(actor.GetAsync(self =>
        {
            self.Context.Timers.StartSingle("key", Tick("tick"), TimeSpan.FromTicks(-1));
            return true;
        }));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(actor.GetAsync(self =>
        {
            self.Context.Timers.StartPeriodic("key", Tick("tick"), TimeSpan.Zero);
            return true;
        }));
    }

    private Act Tick(string name) => _ =>
    {
        _ticks.Add(name);
        return default;
    };

    private async Task ShouldHaveTickedAsync(ActorRef<Act> actor, params string[] ticks)
    {
        // Twice: the first barrier may stand before a tick that was posted a moment ago, the second not.
        await actor.SettleAsync();
        await actor.SettleAsync();
        _ticks.ShouldBe(ticks);
    }
}
