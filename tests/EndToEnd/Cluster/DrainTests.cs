using System.Text;
using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.EndToEnd.Tasks;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Cluster;

/// <summary>What operators want of workers, asked at a node that does not own them.</summary>
public sealed class DrainTests
{
    [Fact]
    public async Task Drain_AskedAtTheOtherNode_IsObeyedAndLastsOverTheOwnersEnd()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var worker = await cluster.AddFakeAsync();
        var nodes = await Task.WhenAll(cluster.StartNodeAsync("n1"), cluster.StartNodeAsync("n2"));
        foreach (var node in nodes)
            await cluster.WaitForWorkersAsync(node);
        var owner = await OwnerAsync(nodes[0], worker);
        var (own, other) = owner == "n1" ? (nodes[0], nodes[1]) : (nodes[1], nodes[0]);
        var path = $"/workers/{IdOf(worker)}";

        var drained = await other.OrderAsync(path + "/drain");

        drained.Status.ShouldBe(200, drained.Text);
        drained.Json.GetProperty("draining").GetBoolean().ShouldBeTrue(drained.Text);
        drained.Json.GetProperty("node").GetString().ShouldBe(owner);
        (await own.GetAsync(path)).Json.GetProperty("serving").GetBoolean().ShouldBeFalse();
        await own.Process.WaitForLineAsync("is drained");
        var waiting = await other.SubmitNamedAsync("waits");
        (await own.LookAsync(waiting)).Text("state").ShouldBe("queued");

        // Whoever owns it next obeys too.
        own.Process.Signal("KILL");
        await Eventually.IsTrueAsync(
            async () => (await other.GetAsync(path)).Json is var seen
                && seen.GetProperty("node").GetString() is { } next && next != owner
                && seen.GetProperty("status").GetString() == "ready",
            "the other node to own the worker");
        (await other.GetAsync(path)).Json.GetProperty("draining").GetBoolean().ShouldBeTrue();
        worker.Calls.ShouldBeEmpty();

        var on = await other.OrderAsync(path + "/on");
        on.Json.GetProperty("draining").GetBoolean().ShouldBeFalse(on.Text);
        await other.EndOfAsync(waiting, "succeeded");
    }

    [Fact]
    public async Task OnOffAndLogs_AskedAtANodeWithoutWorkers_ReachTheWorker()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var worker = await cluster.AddFakeAsync();
        worker.Logs = ["a line"];
        var (api, _) = await cluster.StartPairAsync();
        var path = $"/workers/{IdOf(worker)}";

        (await api.GetAsync(path + "/logs")).Text.ShouldBe("""{"logs":["a line"]}""");
        var off = await api.OrderAsync(path + "/off");
        off.Json.GetProperty("status").GetString().ShouldBe("maintenance", off.Text);
        var on = await api.OrderAsync(path + "/on");
        on.Json.GetProperty("status").GetString().ShouldBe("ready", on.Text);

        var nodes = (await api.GetAsync("/nodes")).Json;
        nodes.GetProperty("cluster").GetBoolean().ShouldBeTrue();
        var shown = nodes.GetProperty("nodes").EnumerateArray().ToDictionary(
            static node => node.GetProperty("id").GetString()!);
        shown.Keys.ShouldBe(["api1", "m1"], ignoreOrder: true);
        shown["api1"].GetProperty("self").GetBoolean().ShouldBeTrue();
        shown["api1"].GetProperty("roles").GetRawText().ShouldBe("""["api"]""");
        shown["m1"].GetProperty("roles").GetRawText().ShouldBe("""["engine"]""");
        shown["m1"].GetProperty("owns").GetRawText().ShouldBe($"""["{worker.Url}"]""");
    }

    [Fact]
    public async Task CancelByFilter_TenThousandTasksOfACluster_AreCalledOff()
    {
        const int Count = 10_000;
        await using var cluster = await ClusterProcesses.StartAsync();
        await cluster.AddFakeAsync();
        var (api, _) = await cluster.StartPairAsync();
        await api.PauseAsync();
        await api.SubmitManyAsync(Enumerable.Repeat(TaskCalls.Body("\"tags\":[\"old\"]"), Count));
        var kept = await api.SubmitNamedAsync("kept");

        var answer = await api.OrderAsync("/tasks/cancel?state=queued&group=hello&tag=old");

        answer.Text.ShouldBe($$"""{"cancelled":{{Count}}}""");
        await api.ResumeAsync();
        await api.EndOfAsync(kept, "succeeded");
        (await api.OrderAsync("/tasks/cancel?state=queued")).Text.ShouldBe("""{"cancelled":0}""");
    }

    private static string IdOf(FakeWorker worker) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(worker.Url)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static async Task<string> OwnerAsync(BalancerProcess api, FakeWorker worker)
    {
        string? owner = null;
        await Eventually.IsTrueAsync(
            async () =>
            {
                var seen = (await api.GetAsync($"/workers/{IdOf(worker)}")).Json;
                owner = seen.GetProperty("node").GetString();
                return owner is not null;
            },
            "an owner");
        return owner!;
    }
}
