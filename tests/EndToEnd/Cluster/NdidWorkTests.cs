using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.EndToEnd.Tasks;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Cluster;

/// <summary>Rows 1 to 6 of the behaviours of a master with workers, as seen from outside: how work is given out, and
/// what becomes of it when its worker is lost.</summary>
public sealed class NdidWorkTests
{
    [Fact]
    public async Task Row01_WorkSpreadsOverWorkers_UpToTheirSlots()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var workers = new[] { await cluster.AddFakeAsync(slots: 1), await cluster.AddFakeAsync(slots: 1) };
        foreach (var worker in workers)
            worker.Answer = ClusterCalls.HoldOnly("long");
        var (api, _) = await cluster.StartPairAsync();

        var id = await api.SubmitNamedAsync("long");
        await Eventually.IsTrueAsync(() => workers.Any(static worker => worker.Running == 1), "the long task to run");
        var (busy, idle) = workers[0].Running == 1 ? (workers[0], workers[1]) : (workers[1], workers[0]);
        var shorts = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => api.SubmitNamedAsync($"short{i}")));
        await api.AllSucceedAsync(shorts);

        idle.Calls.Count.ShouldBe(5);
        idle.RunningMax.ShouldBe(1);
        busy.Names().ShouldBe(["long"]);
        busy.Calls[0].Release();
        await api.EndOfAsync(id, "succeeded");
    }

    [Fact]
    public async Task Row01_WorkSpreadsOverWorkers_ByTheirWeights()
    {
        await using var cluster = await ClusterProcesses.StartAsync(("STRATEGY", "smooth-round-robin"));
        var options = new FakeWorkerOptions
        {
            Slots = 50,
            AuthKey = BalancerProcess.WorkerKey,
            LbAuthKey = BalancerProcess.Key,
        };
        var heavy = await FakeWorker.StartAsync(options);
        var light = await FakeWorker.StartAsync(options);
        cluster.Add(heavy, new { url = heavy.Url, weight = 3 });
        cluster.Add(light, new { url = light.Url, weight = 1 });
        var (api, _) = await cluster.StartPairAsync();

        for (var i = 0; i < 40; i++)
            (await api.PostAsync(TaskCalls.Body())).Status.ShouldBe(200);

        heavy.Calls.Count.ShouldBeInRange(27, 33);
        light.Calls.Count.ShouldBe(40 - heavy.Calls.Count);
    }

    [Fact]
    public async Task Row02_OrderingKey_OneAtATimeInOrderAndFreedWhenItsOwnerDies()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var worker = await cluster.AddFakeAsync();
        worker.Answer = FakeAnswers.Held;
        var nodes = await Task.WhenAll(
            cluster.StartNodeAsync("api1", ClusterProcesses.ApiOnly),
            cluster.StartNodeAsync("m1", ClusterProcesses.Master),
            cluster.StartNodeAsync("m2", ClusterProcesses.Master));
        var api = nodes[0];
        await cluster.WaitForWorkersAsync(api);

        var ids = new List<string>();
        foreach (var name in (string[])["a1", "a2", "a3", "b1"])
            ids.Add(await api.SubmitNamedAsync(name, $"\"orderingKey\":\"{name[0]}\""));
        await worker.WaitForNamedAsync("b1");
        var first = await worker.WaitForNamedAsync("a1");
        worker.Names().Order().ShouldBe(["a1", "b1"]);
        first.Release();
        var second = await worker.WaitForNamedAsync("a2");
        await (second.Node() == "m1" ? nodes[1] : nodes[2]).KillAsync();
        var again = await worker.WaitForNamedAsync("a2", count: 2);
        worker.Names().ShouldNotContain("a3");
        worker.Answer = FakeAnswers.Ok;
        again.Release();
        (await worker.WaitForNamedAsync("b1", count: 2)).Release();
        await api.AllSucceedAsync(ids);

        worker.Names().Where(static name => name[0] == 'a').ShouldBe(["a1", "a2", "a2", "a3"]);
    }

    [Fact]
    public async Task Row03_WorkerKilled_JobEndsElsewhereAndItsKeyIsFree()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var workers = new[] { await cluster.AddHelloAsync(), await cluster.AddHelloAsync() };
        var (api, _) = await cluster.StartPairAsync();

        const string Key = "\"orderingKey\":\"k\"";
        var id = await api.SubmitAsync(Key, "sleep", """{"ms":1500,"id":"long"}""");
        var next = await api.SubmitAsync(Key, "hello", """{"name":"n","id":"next"}""");
        var busy = await workers.WaitForRunAsync();
        busy.Process.Signal("KILL");
        var task = await api.EndOfAsync(id, "succeeded");
        await api.EndOfAsync(next, "succeeded");

        task.Attempts().Select(static attempt => attempt.Text("worker")).ShouldBe(
            [busy.Url, workers.Single(worker => worker != busy).Url]);
        task.Attempts()[0].Text("error").ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task Row03_JobThatEndsEachWorkersConnection_IsDeadAfterItsAttempts()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var worker = await cluster.AddFakeAsync();
        worker.Answer = FakeAnswers.Close;
        var (api, _) = await cluster.StartPairAsync();

        var id = await api.SubmitNamedAsync("poison", "\"attempts\":2");
        var task = await api.EndOfAsync(id, "dead");

        task.Attempts().Length.ShouldBe(2);
        task.Text("error").ShouldNotBeNullOrEmpty();
        worker.Calls.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Row04_NoWorkers_JobsAreAcceptedToTheBoundAndRunWhenOneComes()
    {
        const int Limit = 5;
        await using var cluster = await ClusterProcesses.StartAsync(("QUEUE_LIMIT", $"{Limit}"));
        var worker = await cluster.AddFakeAsync();
        var (api, _) = await cluster.StartPairAsync();
        await worker.GoDownAsync();
        await Eventually.IsTrueAsync(
            async () => (await api.GetAsync("/health")).Json.GetProperty("workers").EnumerateArray()
                .All(static one => !one.GetProperty("status").ValueEquals("ready")),
            "the worker to be offline");

        var ids = new List<string>();
        for (var i = 0; i < Limit; i++)
            ids.Add(await api.SubmitNamedAsync($"{i}"));
        var refused = await api.PostAsync(TaskCalls.Body("\"mode\":\"async\""));
        worker.ComeBack();
        await api.AllSucceedAsync(ids);

        refused.Status.ShouldBe(429, refused.Text);
        refused.Header("retry-after").ShouldNotBeNull();
        worker.Names().Order().ShouldBe(Enumerable.Range(0, Limit).Select(static i => $"{i}"));
    }

    [Fact]
    public async Task Row05_FrozenWorker_IsTakenOutAndItsLateResultRefused()
    {
        await using var cluster = await ClusterProcesses.StartAsync(
            ("WS_HEARTBEAT_INTERVAL", "300"), ("WS_HEARTBEAT_TIMEOUT", "500"), ("WORKER_DISCOVERY_TIMEOUT", "500"),
            ("WORKER_DISCOVERY_RETRIES", "1"));
        var workers = new[] { await cluster.AddHelloAsync(), await cluster.AddHelloAsync() };
        var (api, _) = await cluster.StartPairAsync();

        var id = await api.SubmitAsync("", "sleep", """{"ms":700,"id":"long"}""");
        var frozen = await workers.WaitForRunAsync();
        frozen.Process.Signal("STOP");
        var task = await api.EndOfAsync(id, "succeeded");
        var health = (await api.GetAsync("/health")).Json.GetProperty("workers").EnumerateArray()
            .Single(worker => worker.GetProperty("url").ValueEquals(frozen.Url));
        frozen.Process.Signal("CONT");
        await frozen.WaitForLogAsync("ended");
        await cluster.WaitForWorkersAsync(api);

        health.Text("status").ShouldBe("offline");
        task.Attempts().Length.ShouldBe(2);
        task.Attempts()[1].Text("worker").ShouldNotBe(frozen.Url);
        (await api.LookAsync(id)).GetRawText().ShouldBe(task.GetRawText());
    }

    [Fact]
    public async Task Row06_LateWorker_TakesWaitingJobs()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var busy = await cluster.AddFakeAsync(slots: 1);
        busy.Answer = FakeAnswers.Held;
        var (api, _) = await cluster.StartPairAsync();
        var ids = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => api.SubmitNamedAsync($"{i}")));
        var held = await busy.WaitForCallAsync();

        var late = await cluster.AddFakeAsync(slots: 1);
        await late.WaitForCallsAsync(5);
        held.Release();
        await api.AllSucceedAsync(ids);

        busy.Calls.Count.ShouldBe(1);
        late.Calls.Count.ShouldBe(5);
    }
}
