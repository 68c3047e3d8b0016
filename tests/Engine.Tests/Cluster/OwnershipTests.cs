using System.Diagnostics;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Cluster;

public sealed class OwnershipTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(1);

    private static readonly string[] Workers = [.. Enumerable.Range(1, 24).Select(static one => $"http://w{one}:3000")];

    [Fact]
    public async Task Join_OfAThirdNode_ShareEveryWorkerOnce()
    {
        await using var rig = await ClusterRig.StartAsync();
        var a = await rig.StartAsync("a", Lease, Workers);
        await ClusterRig.UntilAsync(() => Workers.All(a.Use.Uses), "a alone owns all");
        var b = await rig.StartAsync("b", Lease, Workers);
        var c = await rig.StartAsync("c", Lease, Workers);

        await ClusterRig.UntilAsync(
            () => Workers.All(url => OwnersOf(url, a, b, c) == 1) && new[] { a, b, c }.All(IsOfUse), "all share");

        // Nobody holds more than three quarters of them: a fair hash does so once in a million starts.
        foreach (var node in new[] { a, b, c })
            node.Use.InUse.Count.ShouldBeInRange(1, Workers.Length * 3 / 4);
    }

    [Fact]
    public async Task Name_OfAWorkerThatOneNodeAloneNames_IsOwnedByIt()
    {
        await using var rig = await ClusterRig.StartAsync();
        var a = await rig.StartAsync("a", Lease, Workers[..12]);
        var b = await rig.StartAsync("b", Lease, Workers[12..]);
        var c = await rig.AddAsync("c", Lease, isEngine: false);
        await c.StartAsync();

        await ClusterRig.UntilAsync(
            () => Workers[..12].All(a.Use.Uses) && Workers[12..].All(b.Use.Uses), "each owns what it names");

        a.Name(Workers[..11]);
        await ClusterRig.UntilAsync(() => !a.Use.Uses(Workers[11]), "a names it no more");
        await ClusterRig.UntilAsync(
            () => rig.Redis.CommandAsync("EXISTS", "actorbalancer:worker:" + Workers[11]).Result == ":0", "it is free");
    }

    [Fact]
    public async Task Stop_WithNothingRunning_HandsOverWithinASecond()
    {
        await using var rig = await ClusterRig.StartAsync();
        var lease = TimeSpan.FromSeconds(10);
        var a = await rig.StartAsync("a", lease, Workers);
        var b = await rig.StartAsync("b", lease, Workers);
        await ClusterRig.UntilAsync(
            () => Workers.All(url => OwnersOf(url, a, b) == 1) && IsOfUse(a) && IsOfUse(b), "they share");

        var began = Stopwatch.GetTimestamp();
        await a.StopAsync();
        await ClusterRig.UntilAsync(() => Workers.All(b.Use.Uses), "b owns all");

        Stopwatch.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task HandOver_WhileTasksRun_WaitsForTheirEnd()
    {
        await using var rig = await ClusterRig.StartAsync();
        var a = await rig.StartAsync("a", Lease, Workers);
        await ClusterRig.UntilAsync(() => Workers.All(a.Use.Uses), "a alone owns all");
        a.Use.IsBusy = true;

        var b = await rig.StartAsync("b", Lease, Workers);
        await ClusterRig.UntilAsync(() => !a.Use.Running.IsEmpty, "a gives new tasks no more to some");
        await Task.Delay(Lease * 2, TestContext.Current.CancellationToken);
        b.Use.InUse.ShouldBeEmpty("a's tasks still run there");
        a.EndTasks();

        await ClusterRig.UntilAsync(() => Workers.All(url => OwnersOf(url, a, b) == 1), "b owns its part");
        b.Use.InUse.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Kill_OfTheOwner_IsTakenOverAfterTheLeaseTime()
    {
        await using var rig = await ClusterRig.StartAsync();
        var a = await rig.StartAsync("a", Lease, Workers);
        var b = await rig.StartAsync("b", Lease, Workers);
        await ClusterRig.UntilAsync(
            () => Workers.All(url => OwnersOf(url, a, b) == 1) && IsOfUse(a) && IsOfUse(b), "they share");

        await a.KillAsync();

        var took = await ClusterRig.UntilAsync(() => Workers.All(b.Use.Uses), "b owns all");
        took.ShouldBeLessThan(Lease + TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Stall_BeyondTheLease_EndsTheUseBeforeAnybodyElseBeginsIt()
    {
        await using var rig = await ClusterRig.StartAsync();
        var a = await rig.StartAsync("a", Lease, Workers);
        await ClusterRig.UntilAsync(() => Workers.All(a.Use.Uses), "a alone owns all");
        var b = await rig.StartAsync("b", Lease, Workers);
        await ClusterRig.UntilAsync(
            () => Workers.All(url => OwnersOf(url, a, b) == 1) && IsOfUse(a) && IsOfUse(b), "they share");

        a.Stall();
        await ClusterRig.UntilAsync(() => Workers.All(b.Use.Uses), "b owns all");

        // Its actors have not heard of anything, and yet it would call nobody.
        a.Use.InUse.ShouldNotBeEmpty();
        Workers.ShouldAllBe(url => !a.Use.Uses(url));
        a.Wake();
        await ClusterRig.UntilAsync(() => Workers.All(url => OwnersOf(url, a, b) == 1) && IsOfUse(a), "a is back");
    }

    [Fact]
    public async Task Use_OverJoinsLeavesKillsAndStalls_IsNeverDouble()
    {
        await using var rig = await ClusterRig.StartAsync();
        var lease = TimeSpan.FromMilliseconds(600);
        var nodes = new List<RigNode>();
        for (var one = 0; one < 3; one++)
            nodes.Add(await rig.StartAsync($"n{one}", lease, Workers));
        using var end = new CancellationTokenSource();
        var watch = Task.Run(() => WatchAsync(nodes, end.Token), CancellationToken.None);

        var random = new Random(5);
        for (var round = 0; round < 8; round++)
        {
            var index = random.Next(3);
            var node = nodes[index];
            switch (round % 3)
            {
                case 0:
                    node.Stall();
                    await Task.Delay(lease * (0.5 + random.NextDouble()), TestContext.Current.CancellationToken);
                    node.Wake();
                    break;
                case 1:
                    await node.KillAsync();
                    nodes[index] = await rig.StartAsync($"n{index}", lease, Workers);
                    break;
                default:
                    await node.StopAsync();
                    nodes[index] = await rig.StartAsync($"n{index}", lease, Workers);
                    break;
            }
        }

        var all = nodes.ToArray();
        await ClusterRig.UntilAsync(
            () => Workers.All(url => OwnersOf(url, all) == 1) && all.All(IsOfUse), "all share again");
        await end.CancelAsync();
        (await watch).ShouldBeEmpty();
    }

    // Looks as fast as it can. A lease that is held at the second look was held between them.
    private static List<string> WatchAsync(List<RigNode> nodes, CancellationToken end)
    {
        var found = new List<string>();
        while (!end.IsCancellationRequested)
        {
            var now = nodes.ToArray();
            foreach (var url in Workers)
            {
                var users = now.Where(node => node.Use.Uses(url)).ToArray();
                if (users.Length > 1 && users.Count(node => node.Use.Uses(url)) > 1)
                    found.Add($"{url}: {string.Join(' ', users.Select(static node => node.Node.Members.Count))}");
            }

            Thread.Sleep(1);
        }

        return found;
    }

    private static bool IsOfUse(RigNode node) => !node.Use.InUse.IsEmpty;

    private static int OwnersOf(string url, params RigNode[] nodes) => nodes.Count(node => node.Use.Uses(url));
}
