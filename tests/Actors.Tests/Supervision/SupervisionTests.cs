using ActorBalancer.Actors.Tests.Kit;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Actors.Tests.Supervision;

public sealed class SupervisionTests : ActorTest
{
    [Fact]
    public async Task Failure_Resume_StateStaysAndTheMessageIsDropped()
    {
        var (_, child) = await FamilyAsync(Always(Directive.Resume));
        var release = await child.HoldAsync();
        child.Do(self => self.State = 7);
        child.Fail("broken");
        child.Do(self => self.State++);

        release.Set();

        (await child.GetAsync(self => (self.Number, self.State))).ShouldBe((1, 8));
    }

    [Fact]
    public async Task Failure_Restart_NewInstanceTakesTheMailboxOver()
    {
        var (_, child) = await FamilyAsync(AtOnce);
        var release = await child.HoldAsync();
        child.Do(self => self.State = 7);
        child.Fail("broken");
        child.Do(self => self.State++);

        release.Set();

        (await child.GetAsync(self => (self.Number, self.State))).ShouldBe((2, 1));
    }

    [Fact]
    public async Task Failure_Restart_HooksRunInOrder()
    {
        var log = Log();
        var (_, child) = await FamilyAsync(AtOnce, new PuppetScript { Log = log.Ref });

        child.Fail("broken");
        await child.SettleAsync();
        await System.StopAsync(child).WaitAsync(TestSignal.Guard);

        await log.ExpectAllAsync(
            "PreStart 1",
            "PreRestart 1 broken",
            "PostStop 1",
            "PostRestart 2 broken",
            "PreStart 2",
            "PostStop 2");
    }

    [Fact]
    public async Task Failure_Restart_PreRestartGetsTheMessage()
    {
        var got = new TaskCompletionSource<Act?>();
        var script = new PuppetScript
        {
            PreRestart = (_, _, message) =>
            {
                got.SetResult(message);
                return default;
            },
        };
        var (_, child) = await FamilyAsync(AtOnce, script);
        Act fault = _ => throw new PuppetException("broken");

        child.Tell(fault);

        (await got.Task.WaitAsync(TestSignal.Guard)).ShouldBeSameAs(fault);
    }

    [Fact]
    public async Task Failure_AfterAnAwait_IsSupervisedToo()
    {
        var (_, child) = await FamilyAsync(AtOnce);

        child.Tell(async _ =>
        {
            await Task.Yield();
            throw new PuppetException("late");
        });

        (await child.GetAsync(self => self.Number)).ShouldBe(2);
    }

    [Fact]
    public async Task Failure_Stop_ActorEndsAndTheRestIsDeadLetters()
    {
        var (_, child) = await FamilyAsync(Always(Directive.Stop));
        var probe = new TestProbe<string>(System);
        await probe.WatchAsync(child);
        var release = await child.HoldAsync();
        child.Fail("broken");
        child.Do(_ => throw new InvalidOperationException("must not run"));

        release.Set();

        await probe.ExpectTerminatedAsync(child);
        System.DeadLetterCount.ShouldBe(1);
    }

    [Fact]
    public async Task Failure_Escalate_ParentFailsWithTheSameException()
    {
        var failed = Listen<ActorFailed>("failed");
        var (parent, child) = await FamilyAsync(Always(Directive.Escalate));

        child.Fail("broken");

        var first = await failed.ExpectAsync();
        (first.Path, first.Directive).ShouldBe(("/user/parent/child", Directive.Escalate));
        var second = await failed.ExpectAsync();
        (second.Path, second.Directive).ShouldBe(("/user/parent", Directive.Restart));
        second.Exception.ShouldBeSameAs(first.Exception);
        (await parent.GetAsync(self => self.Number)).ShouldBe(2);
        child.TryTell(_ => default).ShouldBeFalse("the restart of the parent stops its children");
    }

    [Fact]
    public async Task Failure_EscalateAndResumedAbove_ChildGoesOnToo()
    {
        var top = Spawn("top", new PuppetScript { Strategy = Always(Directive.Resume) });
        var parent = await top.GetAsync(self =>
            self.Spawn("parent", new PuppetScript { Strategy = Always(Directive.Escalate) }));
        var child = await parent.GetAsync(self => self.Spawn("child"));
        child.Do(self => self.State = 7);

        child.Fail("broken");

        (await child.GetAsync(self => (self.Number, self.State))).ShouldBe((1, 7));
        (await parent.GetAsync(self => self.Number)).ShouldBe(1);
    }

    [Fact]
    public async Task Failure_EscalateAndRestartedAboveKeepingChildren_ChildIsRestartedToo()
    {
        var script = new PuppetScript
        {
            Strategy = Always(Directive.Escalate),
            PreRestart = static (_, _, _) => default,
        };
        var parent = Spawn("parent", script);
        var child = await parent.GetAsync(self => self.Spawn("child"));

        child.Fail("broken");

        (await child.GetAsync(self => self.Number)).ShouldBe(2);
        (await parent.GetAsync(self => self.Number)).ShouldBe(2);
    }

    [Fact]
    public async Task Failure_DeciderThrows_EscalatesWhatItThrew()
    {
        var failed = Listen<ActorFailed>("failed");
        var strategy = AtOnce with { Decider = _ => throw new PuppetException("undecided") };
        var (_, child) = await FamilyAsync(strategy);

        child.Fail("broken");

        var failure = await failed.ExpectAsync();
        (failure.Directive, failure.Exception.Message).ShouldBe((Directive.Escalate, "undecided"));
    }

    [Fact]
    public async Task Failure_DirectiveByException_EachGetsItsOwn()
    {
        var strategy = AtOnce with
        {
            Decider = cause => cause.Message == "mild" ? Directive.Resume : Directive.Restart,
        };
        var (_, child) = await FamilyAsync(strategy);

        child.Fail("mild");
        (await child.GetAsync(self => self.Number)).ShouldBe(1);
        child.Fail("grave");
        (await child.GetAsync(self => self.Number)).ShouldBe(2);
    }

    [Fact]
    public async Task Failure_OneChild_SiblingsAreLeftAlone()
    {
        var (parent, child) = await FamilyAsync(AtOnce);
        var sibling = await parent.GetAsync(self => self.Spawn("sibling"));

        child.Fail("broken");
        await child.SettleAsync();

        (await sibling.GetAsync(self => self.Number)).ShouldBe(1);
    }

    [Fact]
    public async Task Failure_MoreThanMaxRestarts_Escalates()
    {
        var (parent, child) = await FamilyAsync(AtOnce with { MaxRestarts = 2 });

        child.Fail("one");
        child.Fail("two");
        (await child.GetAsync(self => self.Number)).ShouldBe(3);
        child.Fail("three");
        await new TestProbe<string>(System).ExpectTerminatedAsync(child);

        (await parent.GetAsync(self => self.Number)).ShouldBe(2);
    }

    [Fact]
    public async Task Failure_InPreStart_IsRestarted()
    {
        var log = Log();
        var script = new PuppetScript
        {
            Log = log.Ref,
            PreStart = self => self.Number == 1 ? throw new PuppetException("not yet") : default,
        };
        var (_, child) = await FamilyAsync(AtOnce, script);

        await child.SettleAsync();

        // The first never became ready, so its hooks for the end are not called.
        await log.ExpectAllAsync("PreStart 1", "PostRestart 2 not yet", "PreStart 2");
    }

    [Fact]
    public async Task Failure_InPreStartWithChildren_TheyAreStoppedBeforeTheNextStart()
    {
        var script = new PuppetScript
        {
            PreStart = self =>
            {
                self.Spawn("grandchild");
                return self.Number == 1 ? throw new PuppetException("not yet") : default;
            },
        };
        var (_, child) = await FamilyAsync(AtOnce, script);

        // Would fail again and again if the name were not free.
        (await child.GetAsync(self => self.Number)).ShouldBe(2);
    }

    [Fact]
    public async Task Failure_InPreStartAndResume_IsRestarted()
    {
        var script = new PuppetScript
        {
            PreStart = self => self.Number == 1 ? throw new PuppetException("not yet") : default,
        };
        var (_, child) = await FamilyAsync(Always(Directive.Resume), script);

        (await child.GetAsync(self => self.Number)).ShouldBe(2);
    }

    [Fact]
    public async Task Failure_InPostRestart_CountsAsAnotherFailure()
    {
        var script = new PuppetScript
        {
            PostRestart = (self, _) => self.Number == 2 ? throw new PuppetException("again") : default,
        };
        var (_, child) = await FamilyAsync(AtOnce, script);

        child.Fail("broken");

        (await child.GetAsync(self => self.Number)).ShouldBe(3);
    }

    [Fact]
    public async Task Failure_InPreRestart_RestartGoesOn()
    {
        var script = new PuppetScript { PreRestart = (_, _, _) => throw new PuppetException("cannot clean up") };
        var (_, child) = await FamilyAsync(AtOnce, script);

        child.Fail("broken");

        (await child.GetAsync(self => self.Number)).ShouldBe(2);
    }

    [Fact]
    public async Task Failure_InPostStop_IsPublishedAndTheActorEnds()
    {
        var failed = Listen<ActorFailed>("failed");
        var actor = Spawn("one", new PuppetScript { PostStop = _ => throw new PuppetException("cannot clean up") });
        await actor.SettleAsync();

        await System.StopAsync(actor).WaitAsync(TestSignal.Guard);

        (await failed.ExpectAsync()).Exception.Message.ShouldBe("cannot clean up");
    }

    [Fact]
    public async Task Failure_InOnTerminated_IsSupervised()
    {
        var restarted = Listen<ActorRestarted>("restarted");
        var (_, child) = await FamilyAsync(
            AtOnce, new PuppetScript { OnTerminated = (_, _) => throw new PuppetException("sad") });
        var friend = Spawn("friend");
        child.Do(self => self.Context.Watch(friend));
        await child.SettleAsync();

        await System.StopAsync(friend).WaitAsync(TestSignal.Guard);

        (await restarted.ExpectAsync()).Cause.Message.ShouldBe("sad");
    }

    [Fact]
    public async Task Factory_ReturnsTheSameInstanceAgain_FailsWithAHint()
    {
        var failed = Listen<ActorFailed>("failed");
        var only = new Puppet(new PuppetScript());
        var actor = System.Spawn(Props.Create(() => only), "one");

        actor.Fail("broken");

        (await failed.ExpectAsync()).Exception.Message.ShouldBe("broken");
        (await failed.ExpectAsync()).Exception.Message.ShouldContain("must make a new one each time");
        await System.StopAsync(actor).WaitAsync(TestSignal.Guard);
    }

    [Fact]
    public async Task Factory_ReturnsNull_FailsWithThePath()
    {
        var failed = Listen<ActorFailed>("failed");

        var actor = System.Spawn(Props.Create<Act>(() => null!), "one");

        (await failed.ExpectAsync()).Exception.Message.ShouldContain("/user/one");
        await System.StopAsync(actor).WaitAsync(TestSignal.Guard);
    }

    [Fact]
    public async Task Restart_ChildStillStopping_NewInstanceWaits()
    {
        var log = Log();
        var release = new TestSignal("release of the grandchild");
        var (_, child) = await FamilyAsync(AtOnce, new PuppetScript { Log = log.Ref });
        var slow = new PuppetScript
        {
            PostStop = async _ =>
            {
                log.Ref.Tell("grandchild stops");
                await release.WaitAsync();
                log.Ref.Tell("grandchild stopped");
            },
        };
        await (await child.GetAsync(self => self.Spawn("grandchild", slow))).SettleAsync();

        child.Fail("broken");
        await log.ExpectAllAsync("PreStart 1", "PreRestart 1 broken", "PostStop 1", "grandchild stops");
        await log.ExpectNothingAsync();
        release.Set();

        await log.ExpectAllAsync("grandchild stopped", "PostRestart 2 broken", "PreStart 2");
    }

    [Fact]
    public async Task Restart_PreRestartKeepsAChild_ItLivesOn()
    {
        var script = new PuppetScript { PreRestart = static (_, _, _) => default };
        var (_, child) = await FamilyAsync(AtOnce, script);
        var grandchild = await child.GetAsync(self => self.Spawn("grandchild"));
        grandchild.Do(self => self.State = 7);

        child.Fail("broken");

        (await child.GetAsync(self => self.Context.Children)).ShouldBe([grandchild]);
        (await grandchild.GetAsync(self => self.State)).ShouldBe(7);
    }

    [Fact]
    public async Task Restart_Done_IsPublished()
    {
        var restarted = Listen<ActorRestarted>("restarted");
        var (_, child) = await FamilyAsync(AtOnce);

        child.Fail("one");
        child.Fail("two");

        var first = await restarted.ExpectAsync();
        (first.Path, first.Cause.Message, first.Restarts).ShouldBe(("/user/parent/child", "one", 1));
        (await restarted.ExpectAsync()).Restarts.ShouldBe(2);
    }

    private async Task<(ActorRef<Act> Parent, ActorRef<Act> Child)> FamilyAsync(
        SupervisorStrategy strategy, PuppetScript? childScript = null)
    {
        var parent = Spawn("parent", new PuppetScript { Strategy = strategy });
        return (parent, await parent.GetAsync(self => self.Spawn("child", childScript)));
    }
}
