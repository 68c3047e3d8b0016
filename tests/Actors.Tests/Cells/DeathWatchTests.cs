using ActorBalancer.Actors.Tests.Kit;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Actors.Tests.Cells;

public sealed class DeathWatchTests : ActorTest
{
    [Fact]
    public async Task Watch_ActorStops_TerminatedComesOnce()
    {
        var log = Log();
        var watcher = Spawn("watcher", new PuppetScript { Log = log.Ref });
        var watched = Spawn("watched");
        watcher.Do(self =>
        {
            self.Context.Watch(watched);
            self.Context.Watch(watched);
        });
        await watcher.SettleAsync();

        await System.StopAsync(watched).WaitAsync(TestSignal.Guard);
        await watcher.SettleAsync();

        await log.ExpectAllAsync("PreStart 1", "Terminated /user/watched");
        await watcher.SettleAsync();
        await log.ExpectNothingAsync();
    }

    [Fact]
    public async Task Watch_ActorHasStopped_TerminatedComesAtOnce()
    {
        var watched = Spawn("watched");
        await System.StopAsync(watched).WaitAsync(TestSignal.Guard);

        await new TestProbe<string>(System).ExpectTerminatedAsync(watched);
    }

    [Fact]
    public async Task Unwatch_BeforeTheEnd_NothingComes()
    {
        var log = Log();
        var watcher = Spawn("watcher", new PuppetScript { Log = log.Ref });
        var watched = Spawn("watched");
        watcher.Do(self =>
        {
            self.Context.Watch(watched);
            self.Context.Unwatch(watched);
        });
        await watcher.SettleAsync();

        await System.StopAsync(watched).WaitAsync(TestSignal.Guard);
        await watcher.SettleAsync();

        await log.ExpectAsync("PreStart 1");
        await log.ExpectNothingAsync();
    }

    [Fact]
    public async Task Unwatch_NoticeIsWaitingAlready_NothingComes()
    {
        var log = Log();
        var watcher = Spawn("watcher", new PuppetScript { Log = log.Ref });
        var watched = Spawn("watched");
        watcher.Do(self => self.Context.Watch(watched));
        var release = await watcher.HoldAsync();
        watcher.Do(self => self.Context.Unwatch(watched));

        // The notice is posted while the watcher is held, so it stands behind the order to unwatch.
        await System.StopAsync(watched).WaitAsync(TestSignal.Guard);
        release.Set();
        await watcher.SettleAsync();

        await log.ExpectAsync("PreStart 1");
        await log.ExpectNothingAsync();
    }

    [Fact]
    public async Task Watch_ActorToldSomethingBeforeItsEnd_TerminatedComesAfterIt()
    {
        var log = Log();
        var watcher = Spawn("watcher", new PuppetScript { Log = log.Ref });
        var watched = Spawn("watched");
        watcher.Do(self => self.Context.Watch(watched));
        var release = await watcher.HoldAsync();
        watched.Do(self =>
        {
            for (var i = 0; i < 3; i++)
            {
                var number = i;
                watcher.Do(other => other.Log($"word {number}"));
            }

            self.Context.StopSelf();
        });
        await new TestProbe<string>(System).ExpectTerminatedAsync(watched);
        watcher.Do(other => other.Log("later"));

        release.Set();

        await log.ExpectAllAsync("PreStart 1", "word 0", "word 1", "word 2");
        var rest = new[] { await log.ExpectAsync(), await log.ExpectAsync() };
        rest.ShouldBe(["later", "Terminated /user/watched"], ignoreOrder: true);
    }

    [Fact]
    public async Task Watch_WatcherRestarts_WatchStays()
    {
        var log = Log();
        var watcher = Spawn("watcher", new PuppetScript { Log = log.Ref });
        var watched = Spawn("watched");
        watcher.Do(self => self.Context.Watch(watched));
        watcher.Fail("broken");
        await watcher.SettleAsync();

        await System.StopAsync(watched).WaitAsync(TestSignal.Guard);
        await watcher.SettleAsync();

        await log.ExpectAllAsync(
            "PreStart 1",
            "PreRestart 1 broken",
            "PostStop 1",
            "PostRestart 2 broken",
            "PreStart 2",
            "Terminated /user/watched");
    }

    [Fact]
    public async Task Watch_WatchedRestarts_NothingComes()
    {
        var log = Log();
        var watcher = Spawn("watcher", new PuppetScript { Log = log.Ref });
        var watched = Spawn("watched");
        watcher.Do(self => self.Context.Watch(watched));
        await watcher.SettleAsync();

        watched.Fail("broken");
        await watched.SettleAsync();
        await watcher.SettleAsync();

        await log.ExpectAsync("PreStart 1");
        await log.ExpectNothingAsync();
    }

    [Fact]
    public async Task Watch_Itself_IsAnError()
    {
        var actor = Spawn("one");

        await Should.ThrowAsync<ArgumentException>(actor.GetAsync(self =>
        {
            self.Context.Watch(actor);
            return true;
        }));
    }

    [Fact]
    public async Task Watch_EachOther_BothStop()
    {
        var (left, right) = (Spawn("left"), Spawn("right"));
        left.Do(self => self.Context.Watch(right));
        right.Do(self => self.Context.Watch(left));

        await Task.WhenAll(System.StopAsync(left), System.StopAsync(right)).WaitAsync(TestSignal.Guard);
    }

    [Fact]
    public async Task Watch_ReplyReference_IsGoneAtOnce()
    {
        var actor = Spawn("one");
        var probe = new TestProbe<string>(System);
        ActorRef<int>? reply = null;
        var asking = actor.AskAsync<int>(
            to =>
            {
                reply = to;
                return _ => default;
            },
            Timeout.InfiniteTimeSpan);

        await probe.ExpectTerminatedAsync(reply!);
        await System.StopAsync(reply!).WaitAsync(TestSignal.Guard);

        reply!.Tell(5);
        (await asking).ShouldBe(5);
    }
}
