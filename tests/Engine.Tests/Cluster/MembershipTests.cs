using ActorBalancer.Engine.Storage;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Cluster;

public sealed class MembershipTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Start_OfThreeNodes_EachKnowsAll()
    {
        await using var rig = await ClusterRig.StartAsync();
        var nodes = new[]
        {
            await rig.StartAsync("a", Lease, "http://w:1"),
            await rig.StartAsync("b", Lease),
            await rig.AddAsync("c", Lease, isEngine: false),
        };
        await nodes[2].StartAsync();

        foreach (var node in nodes)
        {
            await ClusterRig.UntilAsync(() => Names(node) == "a b c", "all know each other");
            await ClusterRig.UntilAsync(
                () => node.Node.Members[0].Urls.SequenceEqual(["http://w:1"]), "the workers of a are known");
            node.Node.Members[2].IsEngine.ShouldBeFalse();
            node.Node.Members[1].ProcessId.ShouldBe(Environment.ProcessId);
        }

        nodes[0].Events.ShouldBe(["joined b", "joined c"], ignoreOrder: true);
    }

    [Fact]
    public async Task Leave_InOrder_IsNoLoss()
    {
        await using var rig = await ClusterRig.StartAsync();
        var a = await rig.StartAsync("a", Lease);
        var b = await rig.StartAsync("b", Lease);
        await ClusterRig.UntilAsync(() => Names(a) == "a b", "a knows b");

        await b.StopAsync();

        var took = await ClusterRig.UntilAsync(() => Names(a) == "a", "a knows that b has left");
        took.ShouldBeLessThan(TimeSpan.FromSeconds(1));
        a.Events.ShouldBe(["joined b", "left b"]);
        (await rig.Redis.CommandAsync("EXISTS", "actorbalancer:node:b")).ShouldBe(":0");
        (await rig.Redis.CommandAsync("SISMEMBER", "actorbalancer:nodes", "b")).ShouldBe(":0");
    }

    [Fact]
    public async Task Kill_AfterTheLeaseTime_IsALoss()
    {
        await using var rig = await ClusterRig.StartAsync();
        var a = await rig.StartAsync("a", Lease);
        var b = await rig.StartAsync("b", Lease);
        await ClusterRig.UntilAsync(() => Names(a) == "a b", "a knows b");

        await b.KillAsync();

        var took = await ClusterRig.UntilAsync(() => Names(a) == "a", "a has lost b");
        took.ShouldBeLessThan(Lease + TimeSpan.FromSeconds(1));
        a.Events.ShouldBe(["joined b", "lost b"]);
    }

    [Fact]
    public async Task Wake_AfterAStallBeyondTheLease_JoinsAgainByItself()
    {
        await using var rig = await ClusterRig.StartAsync();
        var a = await rig.StartAsync("a", Lease);
        var b = await rig.StartAsync("b", Lease);
        await ClusterRig.UntilAsync(() => Names(a) == "a b", "a knows b");
        b.Stall();
        await ClusterRig.UntilAsync(() => Names(a) == "a", "a has lost b");

        b.Wake();

        await ClusterRig.UntilAsync(() => Names(a) == "a b", "b is back");
        a.Events.ShouldBe(["joined b", "lost b", "joined b"]);
    }

    [Fact]
    public async Task Start_WithTheNameOfALivingNode_IsRefusedInWords()
    {
        await using var rig = await ClusterRig.StartAsync();
        await rig.StartAsync("a", Lease);
        var second = await rig.AddAsync("a", Lease);

        var refused = await Should.ThrowAsync<TaskStoreException>(() => second.StartAsync());

        refused.Message.ShouldStartWith("Node 'a' runs already: process ");
    }

    [Fact]
    public async Task Start_WithTheNameOfAKilledNode_WaitsForTheEndOfItsLease()
    {
        await using var rig = await ClusterRig.StartAsync();
        await (await rig.StartAsync("a", Lease)).KillAsync();

        var second = await rig.StartAsync("a", Lease);

        Names(second).ShouldBe("a");
        second.Node.Members[0].Life.ShouldBe(2);
    }

    [Fact]
    public async Task Wake_WhenAnotherProcessHasTheName_OwnsNothing()
    {
        await using var rig = await ClusterRig.StartAsync();
        var first = await rig.StartAsync("a", Lease, "http://w:1");
        await ClusterRig.UntilAsync(() => first.Use.Uses("http://w:1"), "the first one owns the worker");
        first.Stall();
        var second = await rig.StartAsync("a", Lease, "http://w:1");
        await ClusterRig.UntilAsync(() => second.Use.Uses("http://w:1"), "the second one owns the worker");

        first.Wake();

        await ClusterRig.UntilAsync(() => Names(first).Length == 0 && first.Use.InUse.IsEmpty, "it gives way");
        second.Use.Uses("http://w:1").ShouldBeTrue();
    }

    [Fact]
    public async Task Start_WithAnotherKey_IsRefusedInWords()
    {
        await using var rig = await ClusterRig.StartAsync();
        await rig.StartAsync("a", Lease);
        var other = await rig.AddAsync("b", Lease, key: "another");

        var refused = await Should.ThrowAsync<TaskStoreException>(() => other.StartAsync());

        refused.Message.ShouldStartWith("LB_AUTH_KEY is not the key of the other nodes on this Redis");
        refused.Message.ShouldNotContain("another'");
        (await rig.Redis.CommandAsync("EXISTS", "actorbalancer:node:b")).ShouldBe(":0");
    }

    [Fact]
    public async Task Loss_WhileRedisStandsStill_IsNotToldOf()
    {
        await using var rig = await ClusterRig.StartAsync();
        var a = await rig.StartAsync("a", Lease);
        var b = await rig.StartAsync("b", Lease);
        await ClusterRig.UntilAsync(() => Names(a) == "a b" && Names(b) == "a b", "they know each other");

        rig.Redis.Freeze();
        await Task.Delay(Lease * 5, TestContext.Current.CancellationToken);
        rig.Redis.Thaw();

        await Task.Delay(Lease * 2, TestContext.Current.CancellationToken);
        a.Events.ShouldBe(["joined b"]);
        Names(a).ShouldBe("a b");
    }

    private static string Names(RigNode node) => string.Join(' ', node.Node.Members.Select(static one => one.Id));
}
