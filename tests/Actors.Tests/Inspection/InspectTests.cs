using ActorBalancer.Actors.Tests.Kit;
using Shouldly;
using Xunit;

namespace ActorBalancer.Actors.Tests.Inspection;

public sealed class InspectTests : ActorTest
{
    [Fact]
    public async Task Inspect_LiveTree_ShowsEveryActorSortedByPath()
    {
        var parent = Spawn("parent");
        await parent.GetAsync(self => (self.Spawn("b"), self.Spawn("a")));

        var root = System.Inspect();

        root.Path.ShouldBe("/user");
        var node = root.Children.ShouldHaveSingleItem();
        (node.Path, node.TypeName).ShouldBe(("/user/parent", nameof(Puppet)));
        node.Children.Select(child => child.Path).ShouldBe(["/user/parent/a", "/user/parent/b"]);
    }

    [Fact]
    public async Task Inspect_BusyActor_ShowsMailboxAndState()
    {
        var actor = Spawn("one");
        var release = await actor.HoldAsync();
        for (var i = 0; i < 5; i++) actor.Do(_ => { });

        var node = System.Inspect().Children.Single();

        (node.State, node.MailboxLength, node.Restarts, node.LastFailure).ShouldBe((ActorState.Running, 5, 0, null));
        release.Set();
    }

    [Fact]
    public async Task Inspect_AfterWork_ShowsProcessedRestartsAndFailure()
    {
        var actor = Spawn("one");
        actor.Fail("broken");
        var release = await actor.HoldAsync();
        actor.Do(self => self.Context.Timers.StartSingle("key", _ => default, TimeSpan.FromSeconds(1)));
        release.Set();
        await actor.SettleAsync();
        Clock.Advance(TimeSpan.FromSeconds(1));
        await actor.SettleAsync();
        // A turn must have ended for its figures to show; being held anew means that.
        release = await actor.HoldAsync();

        var node = System.Inspect().Children.Single();

        // Failure, hold, timer's start, barrier, tick, barrier, hold.
        node.Processed.ShouldBe(7);
        node.Restarts.ShouldBe(1);
        node.LastFailure!.Message.ShouldBe("broken");
        node.LastFailure.ExceptionType.ShouldBe(nameof(PuppetException));
        release.Set();
    }

    [Fact]
    public async Task Inspect_StoppedActor_IsGone()
    {
        var actor = Spawn("one");
        await System.StopAsync(actor);

        // The parent takes the child out on a turn of its own.
        await Eventually.TrueAsync("the tree is empty", () => System.Inspect().Children.Count == 0);
    }
}
