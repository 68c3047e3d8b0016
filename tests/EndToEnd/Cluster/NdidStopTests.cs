using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.EndToEnd.HelloWorker;
using ActorBalancer.EndToEnd.Tasks;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Cluster;

/// <summary>Rows 7 to 11: masters and workers that stop, in good order or not, in any order.</summary>
public sealed class NdidStopTests
{
    private static readonly TimeSpan StopMax = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Row07_WorkerSwitchedOff_FinishesItsJobAndGetsNoNewOnes()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var workers = new[] { await cluster.AddHelloAsync(), await cluster.AddHelloAsync() };
        var (api, _) = await cluster.StartPairAsync();

        var id = await api.SubmitAsync("", "sleep", """{"ms":1200,"id":"long"}""");
        var leaving = await workers.WaitForRunAsync();
        await SwitchOffAsync(leaving);
        var next = await Task.WhenAll(Enumerable.Range(0, 5).Select(
            i => api.SubmitAsync("", "hello", $$"""{"name":"n","id":"next{{i}}"}""")));
        await api.AllSucceedAsync(next);
        var task = await api.EndOfAsync(id, "succeeded");
        leaving.Process.Signal("TERM");

        (await leaving.Process.WaitForExitAsync()).ShouldBe(0);
        task.Attempts().Length.ShouldBe(1);
        leaving.Starts().ShouldBe(1);
    }

    [Fact]
    public async Task Row07_EngineStops_RunsOutItsDrainTimeAndTheRestRunsElsewhere()
    {
        await using var cluster = await ClusterProcesses.StartAsync(("DRAIN_TIMEOUT", "400"));
        var worker = await cluster.AddFakeAsync(slots: 1);
        worker.Answer = FakeAnswers.Held;
        var (api, m1) = await cluster.StartPairAsync();
        var id = await api.SubmitNamedAsync("held", "\"attempts\":1");
        var cut = await worker.WaitForCallAsync();
        await cluster.StartNodeAsync("m2", ClusterProcesses.Master);

        worker.Answer = FakeAnswers.Ok;
        (await ClusterProcesses.StopAsync(m1).WaitAsync(StopMax)).ShouldBe(0);
        await api.EndOfAsync(id, "succeeded");

        cut.Node().ShouldBe("m1");
        var again = await worker.WaitForNamedAsync("held", count: 2);
        again.Node().ShouldBe("m2");
        long.Parse(again.Header("x-fencing-token")!).ShouldBeGreaterThan(long.Parse(cut.Header("x-fencing-token")!));
    }

    [Fact]
    public async Task Row08_MasterStopsWithQueuedJobs_InBoundedTimeAndNothingIsLost()
    {
        await using var cluster = await ClusterProcesses.StartAsync(("DRAIN_TIMEOUT", "400"));
        var worker = await cluster.AddFakeAsync(slots: 1);
        worker.Answer = FakeAnswers.Held;
        var (api, m1) = await cluster.StartPairAsync();
        var ids = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => api.SubmitNamedAsync($"{i}")));
        await worker.WaitForCallAsync();

        (await ClusterProcesses.StopAsync(m1).WaitAsync(StopMax)).ShouldBe(0);
        var queued = (await api.QueueAsync()).GetProperty("counts").GetProperty("queued").GetInt32();
        worker.Answer = FakeAnswers.Ok;
        await cluster.StartNodeAsync("m2", ClusterProcesses.Master);
        await api.AllSucceedAsync(ids);

        queued.ShouldBe(20);
        worker.Calls.Count.ShouldBe(21);
    }

    [Fact]
    public async Task Row09_MasterKilledAndStartedAgain_EveryUnfinishedJobRunsAndNoFinishedOneIsRepeated()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var worker = await cluster.AddFakeAsync(slots: 4);
        worker.Answer = call => call.Name()[0] == 'h' ? FakeAnswers.Held(call) : FakeAnswers.Ok(call);
        var (api, m1) = await cluster.StartPairAsync();
        var done = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => api.SubmitNamedAsync($"d{i}")));
        await api.AllSucceedAsync(done);
        var open = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => api.SubmitNamedAsync($"h{i}")));
        await worker.WaitForCallsAsync(14);

        await m1.KillAsync();
        worker.Answer = FakeAnswers.Ok;
        var during = await api.SubmitNamedAsync("during");
        await cluster.StartNodeAsync("m2", ClusterProcesses.Master);
        await api.AllSucceedAsync([.. open, during]);

        var runs = worker.Names().CountBy(static name => name).ToDictionary();
        runs.Where(static pair => pair.Key[0] == 'd').ShouldAllBe(static pair => pair.Value == 1);
        runs.Values.Max().ShouldBe(2);
        runs.Values.Sum().ShouldBe(10 + 20 + 1 + 4);
    }

    [Fact]
    public async Task Row10_MasterAway_WorkersStayUpAndAttachAgainByThemselves()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var worker = await cluster.AddHelloAsync(slots: 4);
        var (api, m1) = await cluster.StartPairAsync();
        (await api.PostAsync(TaskCalls.Body(function: "hello", input: ClusterCalls.Named("one")))).Status.ShouldBe(200);

        await m1.KillAsync();
        var accepted = await api.SubmitNamedAsync("during");
        var waiting = api.PostAsync(TaskCalls.Body(input: ClusterCalls.Named("sync")));
        await cluster.StartNodeAsync("m1b", ClusterProcesses.Master);

        (await waiting).Status.ShouldBe(200);
        await api.EndOfAsync(accepted, "succeeded");
        (worker.Process.HasExited, api.Process.HasExited).ShouldBe((false, false));
    }

    [Fact]
    public async Task Row11_TwoMasters_OneOwnerForEachWorkerAndTheOtherTakesOver()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var workers = new List<FakeWorker>();
        for (var i = 0; i < 4; i++)
            workers.Add(await cluster.AddFakeAsync());
        var nodes = await Task.WhenAll(
            cluster.StartNodeAsync("api1", ClusterProcesses.ApiOnly),
            cluster.StartNodeAsync("m1", ClusterProcesses.Master),
            cluster.StartNodeAsync("m2", ClusterProcesses.Master));
        var api = nodes[0];
        await cluster.WaitForWorkersAsync(api);

        await api.AllSucceedAsync(
            await Task.WhenAll(Enumerable.Range(0, 40).Select(i => api.SubmitNamedAsync($"{i}"))));
        var owners = workers.Where(static worker => worker.Calls.Count > 0)
            .Select(static worker => worker.Calls.Select(ClusterCalls.Node).Distinct().Order().ToArray()).ToList();
        workers.ForEach(static worker => worker.Answer = FakeAnswers.Ok);
        await nodes[1].KillAsync();
        var (id, took) = (await api.SubmitNamedAsync("after"), TimeSpan.Zero);
        took = await Eventually.IsTrueAsync(
            () => workers.All(static worker => worker.HealthCalls[^1].Node() == "m2"), "m2 to own all workers");
        await api.EndOfAsync(id, "succeeded");

        owners.ShouldNotBeEmpty();
        took.ShouldBeLessThan(ClusterProcesses.Lease + TimeSpan.FromSeconds(4));
    }

    private static async Task SwitchOffAsync(HelloWorkerProcess worker)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, worker.Url + "/off");
        request.Headers.TryAddWithoutValidation("authorization", BalancerProcess.WorkerKey);
        (await http.SendAsync(request)).EnsureSuccessStatusCode();
    }
}
