using ActorBalancer.Actors.Tests.Kit;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Actors.Tests;

public sealed class ActorSystemTests : ActorTest
{
    [Fact]
    public async Task Spawn_TwoLevels_PathsShowTheTree()
    {
        var parent = Spawn("parent");

        var child = await parent.GetAsync(self => self.Spawn("child"));

        parent.Path.ShouldBe("/user/parent");
        child.Path.ShouldBe("/user/parent/child");
        child.Name.ShouldBe("child");
        child.ToString().ShouldBe("/user/parent/child");
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    public void Spawn_NameNotAllowed_Throws(string name) =>
        Should.Throw<ArgumentException>(() => Spawn(name));

    [Fact]
    public void Spawn_NameTaken_ThrowsNamingThePath()
    {
        Spawn("one");

        Should.Throw<ArgumentException>(() => Spawn("one")).Message.ShouldContain("/user/one");
    }

    [Fact]
    public async Task Spawn_OldBearerStillStopping_Throws()
    {
        var release = new TestSignal("release of PostStop");
        var stopping = new TestSignal("PostStop");
        var script = new PuppetScript
        {
            PostStop = async _ =>
            {
                stopping.Set();
                await release.WaitAsync();
            },
        };
        var old = Spawn("one", script);
        var stopped = System.StopAsync(old);
        await stopping.WaitAsync();

        Should.Throw<ArgumentException>(() => Spawn("one")).Message.ShouldContain("still stopping");

        release.Set();
        await stopped.WaitAsync(TestSignal.Guard);
    }

    [Fact]
    public async Task Spawn_OldBearerStopped_NameIsFreeForTheWatcher()
    {
        // Many times: the notice to the watcher must not overtake the one that frees the name.
        var left = 2_000;
        var done = new TestSignal("the last child");
        var script = new PuppetScript
        {
            OnTerminated = (self, _) =>
            {
                if (--left > 0) SpawnAndStop(self);
                else done.Set();
                return default;
            },
        };
        var failed = Listen<ActorFailed>("failed");
        var parent = Spawn("parent", script);

        parent.Do(SpawnAndStop);

        await done.WaitAsync();
        await failed.ExpectNothingAsync();

        static void SpawnAndStop(Puppet self)
        {
            var child = self.Spawn("child");
            self.Context.Watch(child);
            self.Context.Stop(child);
        }
    }

    [Fact]
    public async Task StopAsync_ThreeLevels_ChildrenEndBeforeTheirParents()
    {
        var log = Log();
        PuppetScript Script(string name) => new()
        {
            PostStop = _ =>
            {
                log.Ref.Tell(name);
                return default;
            },
        };
        var top = Spawn("top", Script("top"));
        var middle = await top.GetAsync(self => self.Spawn("middle", Script("middle")));
        var bottom = await middle.GetAsync(self => self.Spawn("bottom", Script("bottom")));
        var release = await bottom.HoldAsync();

        var stopped = System.StopAsync(top);
        // The bottom is busy, so nothing may end yet; a second child shows that middle waits for all of them.
        await log.ExpectNothingAsync();
        stopped.IsCompleted.ShouldBeFalse();
        release.Set();
        await stopped.WaitAsync(TestSignal.Guard);

        await log.ExpectAllAsync("bottom", "middle", "top");
        middle.TryTell(_ => default).ShouldBeFalse();
    }

    [Fact]
    public async Task StopAsync_Again_EndsAtOnce()
    {
        var actor = Spawn("one");
        await System.StopAsync(actor).WaitAsync(TestSignal.Guard);

        await System.StopAsync(actor).WaitAsync(TestSignal.Guard);
    }

    [Fact]
    public async Task StopAsync_WhileBusy_CurrentMessageEndsAndTheRestAreDeadLetters()
    {
        var actor = Spawn("one");
        var handled = 0;
        var release = await actor.HoldAsync();
        for (var i = 0; i < 10; i++) actor.Do(_ => handled++);

        var stopped = System.StopAsync(actor);
        release.Set();
        await stopped.WaitAsync(TestSignal.Guard);

        handled.ShouldBe(0);
        System.DeadLetterCount.ShouldBe(10);
    }

    [Fact]
    public async Task StopAsync_RightAfterTheSpawn_StartsAndEnds()
    {
        var log = Log();
        for (var i = 0; i < 100; i++)
        {
            await System.StopAsync(Spawn($"{i}", new PuppetScript { Log = log.Ref })).WaitAsync(TestSignal.Guard);

            await log.ExpectAllAsync("PreStart 1", "PostStop 1");
        }
    }

    [Fact]
    public async Task StopAsync_ActorOfAnotherSystem_Throws()
    {
        await using var other = new ActorSystem("other");
        var stranger = other.Spawn(Puppet.Props(), "stranger");

        Should.Throw<ArgumentException>(() => { _ = System.StopAsync(stranger); }).Message.ShouldContain("'other'");
    }

    [Fact]
    public async Task StopSelf_InAMessage_NextMessageIsADeadLetter()
    {
        var actor = Spawn("one");
        var release = await actor.HoldAsync();
        actor.Do(self => self.Context.StopSelf());
        actor.Do(_ => throw new InvalidOperationException("must not run"));

        release.Set();
        await new TestProbe<string>(System).ExpectTerminatedAsync(actor);

        System.DeadLetterCount.ShouldBe(1);
    }

    [Fact]
    public async Task Stop_NotAChild_FailsTheActorAndLeavesTheStranger()
    {
        var stranger = Spawn("stranger");
        var actor = Spawn("one");

        var thrown = await Should.ThrowAsync<ArgumentException>(
            actor.GetAsync(self =>
            {
                self.Context.Stop(stranger);
                return true;
            }));

        thrown.Message.ShouldContain("/user/stranger");
        await stranger.SettleAsync();
    }

    [Fact]
    public async Task Stop_OwnChild_SiblingsStay()
    {
        var parent = Spawn("parent");
        var (gone, stays) = await parent.GetAsync(self => (self.Spawn("gone"), self.Spawn("stays")));

        parent.Do(self => self.Context.Stop(gone));
        await System.StopAsync(gone).WaitAsync(TestSignal.Guard);
        await stays.SettleAsync();

        (await parent.GetAsync(self => self.Context.Children)).ShouldBe([stays]);
    }

    [Fact]
    public async Task TerminateAsync_WithActors_AllStopAndNewOnesAreRefused()
    {
        var actor = Spawn("one");
        await actor.SettleAsync();

        await System.TerminateAsync().WaitAsync(TestSignal.Guard);

        actor.TryTell(_ => default).ShouldBeFalse();
        System.WhenTerminated.IsCompletedSuccessfully.ShouldBeTrue();
        Should.Throw<InvalidOperationException>(() => Spawn("two")).Message.ShouldContain("stopping");
        await System.TerminateAsync();
    }

    [Fact]
    public async Task TerminateAsync_SpawnsAtTheSameTime_NoneOutlivesTheSystem()
    {
        for (var round = 0; round < 200; round++)
        {
            var system = new ActorSystem("race");
            using var barrier = new Barrier(2);
            var spawned = Task.Run(() =>
            {
                var living = new List<ActorRef<Act>>();
                barrier.SignalAndWait();
                try
                {
                    for (var i = 0; i < 50; i++) living.Add(system.Spawn(Puppet.Props(), $"{i}"));
                }
                catch (InvalidOperationException)
                {
                    // The system began to stop.
                }

                return living;
            });
            barrier.SignalAndWait();
            await system.TerminateAsync().WaitAsync(TestSignal.Guard);

            foreach (var actor in await spawned) await system.StopAsync(actor).WaitAsync(TestSignal.Guard);
        }
    }

    [Fact]
    public async Task WhenTerminated_GuardianEscalates_FaultsWithTheCause()
    {
        var options = new ActorSystemOptions { GuardianStrategy = Always(Directive.Escalate) };
        // Many times: in some the child fails before the guardian's first turn.
        for (var i = 0; i < 500; i++)
        {
            await using var system = new ActorSystem("fragile", options);

            system.Spawn(Puppet.Props(), "one").Fail("broken");

            var thrown = await Should.ThrowAsync<PuppetException>(system.WhenTerminated.WaitAsync(TestSignal.Guard));
            thrown.Message.ShouldBe("broken");
        }
    }

    [Fact]
    public void Throughput_Zero_Throws() =>
        Should.Throw<ArgumentOutOfRangeException>(() => new ActorSystemOptions { Throughput = 0 });
}
