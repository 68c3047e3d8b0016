using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Workers;
using ActorBalancer.Protocol;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Cluster;

public sealed class FleetTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Publish_OfOneNode_IsSeenByAll()
    {
        await using var rig = await ClusterRig.StartAsync();
        var a = await rig.StartAsync("a", Lease, "http://w:1");
        var api = await rig.AddAsync("b", Lease, isEngine: false);
        await api.StartAsync();
        await ClusterRig.UntilAsync(() => a.Use.Uses("http://w:1"), "a owns the worker");

        Show(a, new WorkerEntry("http://w:1", "secret"), "add", "sub");

        await ClusterRig.UntilAsync(
            () => api.Engine.ClusterFleet.Find(new QueueKey("math", 1)) is { HasAllKeys: true }, "b knows the queue");
        var queue = api.Engine.ClusterFleet.Find(new QueueKey("math", 1))!;
        queue.Functions.ShouldBe(["add", "sub"], ignoreOrder: true);
        queue.Seen.ShouldBe(["add", "sub"], ignoreOrder: true);
        queue.IsServing.ShouldBeFalse("nobody judged its contract here");
        var worker = api.Engine.ClusterFleet.Workers.Workers.ShouldHaveSingleItem();
        worker.Url.ShouldBe("http://w:1");
        worker.Status.ShouldBe("ready");
        worker.Health!.Functions!.Count.ShouldBe(2);
        double.IsNaN(worker.Health.System!.CpuLoad).ShouldBeTrue();
        (await rig.Redis.CommandAsync("GET", "actorbalancer:fleet:a")).ShouldNotContain("secret");
    }

    [Fact]
    public async Task Publish_OfAWorkerBetweenTwoOwners_StaysAsOffline()
    {
        await using var rig = await ClusterRig.StartAsync();
        var a = await rig.StartAsync("a", Lease, "http://w:1");
        var b = await rig.StartAsync("b", Lease, "http://w:1");
        await ClusterRig.UntilAsync(() => a.Use.Uses("http://w:1") || b.Use.Uses("http://w:1"), "one owns it");
        var (owner, other) = a.Use.Uses("http://w:1") ? (a, b) : (b, a);
        Show(owner, new WorkerEntry("http://w:1"), "add");
        await ClusterRig.UntilAsync(() => Only(other)?.Status == "ready", "the other one knows it");

        owner.Engine.Fleet.Targets = [];
        owner.System.EventStream.Publish(new FleetChanged());

        await ClusterRig.UntilAsync(() => Only(other)?.Status == "offline", "it is offline");
        other.Engine.ClusterFleet.Find(new QueueKey("math", 1))!.Functions.ShouldBe(["add"]);
    }

    private static WorkerSnapshot? Only(RigNode node) => node.Engine.ClusterFleet.Workers.Workers.SingleOrDefault();

    private static void Show(RigNode node, WorkerEntry entry, params string[] functions)
    {
        node.Engine.Fleet.Targets =
        [
            new WorkerTarget(entry, 1, TimeProvider.System)
            {
                Status = WorkerStatus.Ready,
                IsRoutable = true,
                Limit = 5,
                Health = new WorkerHealth
                {
                    Group = "math",
                    Contract = 1,
                    Status = "ready",
                    Slots = new WorkerSlots(0, 5, 5, 0),
                    System = new WorkerSystem(1, double.NaN, 2),
                    Functions = [.. functions.Select(static name => new WorkerFunction(name, null))],
                },
            },
        ];
        node.System.EventStream.Publish(new FleetChanged());
    }
}
