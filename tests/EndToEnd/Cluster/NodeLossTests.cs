using System.Diagnostics;
using ActorBalancer.EndToEnd.Tasks;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Cluster;

/// <summary>Nodes that are killed, paused or stopped while they run tasks.</summary>
public sealed class NodeLossTests
{
    [Fact]
    public async Task Killed_ItsTasksRunAgainElsewhereAfterItsLease()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var worker = await cluster.AddFakeAsync();
        worker.Answer = FakeAnswers.Held;
        var (api, m1) = await cluster.StartPairAsync();
        var id = await api.SubmitNamedAsync("one");
        (await worker.WaitForCallAsync()).Node().ShouldBe("m1");

        // Not before: the worker could have become its own.
        await cluster.StartNodeAsync("m2", ClusterProcesses.Master);

        worker.Answer = FakeAnswers.Ok;
        var killed = Stopwatch.GetTimestamp();
        await m1.KillAsync();
        var again = await worker.WaitForNamedAsync("one", count: 2);
        var took = Stopwatch.GetElapsedTime(killed);
        var task = await api.EndOfAsync(id, "succeeded");

        again.Node().ShouldBe("m2");

        // What is promised is the lease and a second; the rest is for two busy cores.
        took.ShouldBeLessThan(ClusterProcesses.Lease + TimeSpan.FromSeconds(4));
        task.Attempts().Length.ShouldBe(2);
    }

    [Fact]
    public async Task Paused_ItsLateResultIsRefusedAndTheNewOwnersCounts()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var worker = await cluster.AddFakeAsync();
        worker.Answer = FakeAnswers.Held;
        var (api, m1) = await cluster.StartPairAsync();
        var id = await api.SubmitNamedAsync("one");
        var late = await worker.WaitForCallAsync();
        await cluster.StartNodeAsync("m2", ClusterProcesses.Master);

        m1.Process.Signal("STOP");
        late.Release(FakeAnswers.Json("""{"success":true,"result":"late"}"""));
        (await worker.WaitForNamedAsync("one", count: 2)).Release(
            FakeAnswers.Json("""{"success":true,"result":"new"}"""));
        var before = await api.EndOfAsync(id, "succeeded");
        worker.Answer = FakeAnswers.Ok;
        m1.Process.Signal("CONT");
        await Eventually.IsTrueAsync(
            async () => await cluster.Redis.CommandAsync("EXISTS", "actorbalancer:node:m1") == ":1", "m1 to be back");
        await api.AllSucceedAsync(await Task.WhenAll(Enumerable.Range(0, 20).Select(
            i => api.SubmitNamedAsync($"t{i}"))));
        var after = await api.LookAsync(id);

        before.Text("result").ShouldBe("new");
        after.GetRawText().ShouldBe(before.GetRawText());
        worker.Calls.Count(static call => call.Name() == "one").ShouldBe(2);
    }

    [Fact]
    public async Task Paused_BothRolesInOne_ItsOwnSyncCallerGetsTheNewOwnersResult()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var worker = await cluster.AddFakeAsync();
        worker.Answer = FakeAnswers.Held;
        var one = await cluster.StartNodeAsync("n1");
        await cluster.WaitForWorkersAsync(one);
        var sync = one.PostAsync(TaskCalls.Body(input: ClusterCalls.Named("one")));
        var late = await worker.WaitForCallAsync();

        one.Process.Signal("STOP");

        // Not before: the worker could have become its own.
        await cluster.StartNodeAsync("n2");
        late.Release(FakeAnswers.Json("""{"success":true,"result":"late"}"""));
        (await worker.WaitForNamedAsync("one", count: 2)).Release(
            FakeAnswers.Json("""{"success":true,"result":"new"}"""));
        one.Process.Signal("CONT");

        (await sync)["result"].ShouldBe("new");
    }

    [Fact]
    public async Task Stopped_HandsOverWithinASecondAndRunsNothingTwice()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var worker = await cluster.AddFakeAsync(slots: 5);
        var (api, m1) = await cluster.StartPairAsync();
        var ids = new List<string>();
        for (var i = 0; i < 50; i++)
            ids.Add(await api.SubmitNamedAsync($"{i}"));
        await cluster.StartNodeAsync("m2", ClusterProcesses.Master);

        var stop = ClusterProcesses.StopAsync(m1);
        for (var i = 50; i < 150; i++)
            ids.Add(await api.SubmitNamedAsync($"{i}"));
        (await stop).ShouldBe(0);
        await api.AllSucceedAsync(ids);

        var gap = worker.Calls.Select(static call => call.Node()).ToList();
        gap.Distinct().ShouldBe(["m1", "m2"]);
        worker.Names().Distinct().Count().ShouldBe(150);
        worker.Calls.Count.ShouldBe(150);
    }

    [Fact]
    public async Task ApiKilled_ItsSyncTasksAreCalledOffAndItsAsyncOnesRun()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var worker = await cluster.AddFakeAsync(slots: 1);
        worker.Answer = FakeAnswers.Held;
        var (api, _) = await cluster.StartPairAsync();
        var other = await cluster.StartNodeAsync("api2", ClusterProcesses.ApiOnly);
        await cluster.WaitForWorkersAsync(other);
        var id = await api.SubmitNamedAsync("kept");
        var call = await worker.WaitForCallAsync();
        var caller = api.PostAsync(TaskCalls.Body(input: ClusterCalls.Named("sync")));

        await api.KillAsync();
        await Should.ThrowAsync<HttpRequestException>(caller);
        call.Release();

        await other.EndOfAsync(id, "succeeded");
    }

    [Fact]
    public async Task AllKilled_WhatWasAcknowledgedRuns()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var worker = await cluster.AddFakeAsync(slots: 5);
        worker.Answer = FakeAnswers.Held;
        var (api, m1) = await cluster.StartPairAsync();
        var ids = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => api.SubmitNamedAsync($"{i}")));
        await worker.WaitForCallsAsync(5);

        await Task.WhenAll(api.KillAsync(), m1.KillAsync());
        await cluster.Redis.KillAsync();
        worker.Answer = FakeAnswers.Ok;
        await cluster.Redis.StartAgainAsync();
        var back = await cluster.StartNodeAsync("n2");
        await back.AllSucceedAsync(ids);

        worker.Names().CountBy(static name => name).Select(static pair => pair.Value).Max().ShouldBeLessThan(3);
        worker.Calls.Count.ShouldBeInRange(100, 105);
    }
}
