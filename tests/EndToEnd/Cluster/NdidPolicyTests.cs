using System.Diagnostics;
using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.EndToEnd.Tasks;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Cluster;

/// <summary>Rows 12 to 19: what becomes of a job by policy, what its operator sees, and who may take part.</summary>
public sealed class NdidPolicyTests
{
    private const string FastRetries = "\"backoff\":{\"type\":\"fixed\",\"delay\":10}";

    [Fact]
    public async Task Row12_FailingJob_IsRetriedPerPolicyThenVisibleAsFailed()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var worker = await cluster.AddFakeAsync();
        worker.Answer = FakeAnswers.Failure;
        var (api, _) = await cluster.StartPairAsync();

        var failed = await api.EndOfAsync(
            await api.SubmitNamedAsync("fails", "\"attempts\":4," + FastRetries), "dead");
        worker.AnswerNext(FakeAnswers.Failure, FakeAnswers.Failure, FakeAnswers.Ok);
        var saved = await api.EndOfAsync(await api.SubmitNamedAsync("late", FastRetries), "succeeded");

        failed.Attempts().Length.ShouldBe(4);
        failed.Text("error")!.ShouldContain("It failed");
        saved.Attempts().Length.ShouldBe(3);
        (await api.ListAsync("state=dead")).ShouldBe([failed.Text("taskId")!]);
    }

    [Fact]
    public async Task Row13_HungJob_EndsAtItsDeadlineAndFreesItsKey()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var worker = await cluster.AddFakeAsync();
        worker.AnswerNext(FakeAnswers.Hang);
        var (api, _) = await cluster.StartPairAsync();

        var hung = await api.SubmitNamedAsync("hung", "\"timeout\":400,\"attempts\":1,\"orderingKey\":\"k\"");
        var call = await worker.WaitForCallAsync();
        var next = await api.SubmitNamedAsync("next", "\"orderingKey\":\"k\"");
        var task = await api.EndOfAsync(hung, "dead");
        await call.ClientGone;
        await api.EndOfAsync(next, "succeeded");

        worker.Names().ShouldBe(["hung", "next"]);
        task.Text("error").ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task Row14_DuplicateSubmit_IsProcessedOnceAcrossNodesAndRestarts()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var worker = await cluster.AddFakeAsync();
        var (api, m1) = await cluster.StartPairAsync();
        var other = await cluster.StartNodeAsync("api2", ClusterProcesses.ApiOnly);
        await cluster.WaitForWorkersAsync(other);
        var key = ("Idempotency-Key", "order-7");

        var ids = await Task.WhenAll(Enumerable.Range(0, 20).Select(
            i => (i % 2 == 0 ? api : other).SubmitNamedAsync("once", "", key)));
        await api.EndOfAsync(ids[0], "succeeded");
        await Task.WhenAll(api.KillAsync(), other.KillAsync(), m1.KillAsync());
        var nodes = await Task.WhenAll(
            cluster.StartNodeAsync("api3", ClusterProcesses.ApiOnly),
            cluster.StartNodeAsync("m2", ClusterProcesses.Master));
        await cluster.WaitForWorkersAsync(nodes[0]);
        var later = await nodes[0].SubmitNamedAsync("once", "", key);
        var clash = await nodes[0].PostAsync(
            TaskCalls.Body("\"mode\":\"async\"", input: ClusterCalls.Named("other")), key);

        ids.Append(later).Distinct().ShouldHaveSingleItem();
        worker.Names().ShouldBe(["once"]);
        clash.Status.ShouldBe(422);
    }

    [Fact]
    public async Task Row15_Callback_IsRetriedOnNetworkErrorsAnd5xxAndEndsWithItsTries()
    {
        await using var cluster = await ClusterProcesses.StartAsync(("WEBHOOK_MAX_RETRIES", "3"));
        await using var receiver = await FakeWorker.StartAsync();
        receiver.AnswerNext(FakeAnswers.Close, FakeAnswers.Status(500, ""), FakeAnswers.Ok);
        await cluster.AddFakeAsync();
        var (api, _) = await cluster.StartPairAsync();

        var id = await api.SubmitWebhookAsync(receiver, "one");
        var task = await api.WaitForDeliveryAsync(id, "delivered");
        receiver.Answer = FakeAnswers.Status(500, "");
        var given = await api.WaitForDeliveryAsync(await api.SubmitWebhookAsync(receiver, "two"), "dead");

        task.GetProperty("webhook").GetProperty("tries").GetInt32().ShouldBe(3);
        given.GetProperty("webhook").GetProperty("tries").GetInt32().ShouldBe(4);
        receiver.Calls.Take(3).Select(static call => call.Header("webhook-id")).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Row15_Callback_SurvivesTheLossOfItsNode()
    {
        await using var cluster = await ClusterProcesses.StartAsync(("WEBHOOK_TIMEOUT", "2s"));
        await using var receiver = await FakeWorker.StartAsync();
        receiver.AnswerNext(FakeAnswers.Hang);
        await cluster.AddFakeAsync();
        var (api, m1) = await cluster.StartPairAsync();

        var id = await api.SubmitWebhookAsync(receiver, "one");
        var first = await receiver.WaitForCallAsync();
        await m1.KillAsync();
        await cluster.StartNodeAsync("m2", ClusterProcesses.Master);

        // The minute for which the delivery is the lost node's alone is over.
        await cluster.Redis.CommandAsync("ZINCRBY", "actorbalancer:{hello/1}:deliveries", "-60000", id);
        await api.WaitForDeliveryAsync(id, "delivered");

        receiver.Calls.Count.ShouldBe(2);
        receiver.Calls[1].Header("webhook-id").ShouldBe(first.Header("webhook-id"));
    }

    [Fact]
    public async Task Row16_Overload_IsRefusedWithAClearSignalAndWhatWasTakenRuns()
    {
        const int Limit = 50;
        await using var cluster = await ClusterProcesses.StartAsync(("QUEUE_LIMIT", $"{Limit}"));
        var worker = await cluster.AddFakeAsync(slots: 2);
        worker.Answer = FakeAnswers.Held;
        var (api, _) = await cluster.StartPairAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(
            i => api.PostAsync(TaskCalls.Body("\"mode\":\"async\"", input: ClusterCalls.Named($"{i}")))));
        worker.Answer = FakeAnswers.Ok;
        foreach (var call in worker.Calls)
            call.Release();
        var taken = answers.Where(static answer => answer.Status == 202).Select(static answer => answer["taskId"]!);
        await api.AllSucceedAsync(taken);

        answers.Count(static answer => answer.Status == 202).ShouldBe(Limit);
        answers.Where(static answer => answer.Status != 202)
            .ShouldAllBe(static answer => answer.Status == 429 && answer.Header("retry-after") != null);
    }

    [Fact]
    public async Task Row17_Operator_SeesWorkersLoadAndQueuesOnEveryApiNode()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var worker = await cluster.AddFakeAsync(slots: 2);
        worker.Answer = FakeAnswers.Held;
        var (api, _) = await cluster.StartPairAsync();
        var other = await cluster.StartNodeAsync("api2", ClusterProcesses.ApiOnly);
        await Task.WhenAll(Enumerable.Range(0, 5).Select(i => api.SubmitNamedAsync($"{i}")));
        await worker.WaitForCallsAsync(2);

        foreach (var node in (BalancerProcess[])[api, other])
        {
            await Eventually.IsTrueAsync(
                async () => (await node.GetAsync("/health")).Json.GetProperty("workers").EnumerateArray().Any(
                    static one => one.GetProperty("slots").GetProperty("used").GetInt32() == 2),
                "the worker's load to be seen");
            await Eventually.IsTrueAsync(
                async () => (await node.QueueAsync()).GetProperty("counts") is var counts
                    && counts.GetProperty("running").GetInt32() == 2 && counts.GetProperty("queued").GetInt32() == 3,
                "the queue's counts");
            await Eventually.IsTrueAsync(
                async () => (await node.QueueAsync()).GetProperty("oldestAgeMs") is { } age
                    && age.ValueKind == System.Text.Json.JsonValueKind.Number && age.GetDouble() > 0,
                "the age of the oldest task");
        }
    }

    [Fact]
    public async Task Row18_WithoutTheRightKey_NobodyGetsOrSendsJobs()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var stranger = await FakeWorker.StartAsync(new FakeWorkerOptions { LbAuthKey = "another-key" });
        var good = await cluster.AddFakeAsync();
        var (api, _) = await cluster.StartPairAsync();
        cluster.Add(stranger, new { url = stranger.Url });

        await stranger.WaitForHealthCallAsync();
        await api.AllSucceedAsync(await Task.WhenAll(Enumerable.Range(0, 20).Select(
            i => api.SubmitNamedAsync($"{i}"))));
        using var refused = await api.PostTaskAsync("{}", authorization: "wrong");

        stranger.Calls.ShouldBeEmpty();
        good.Calls.Count.ShouldBe(20);
        ((int)refused.StatusCode).ShouldBe(401);
    }

    // The curve itself is bench/cluster.sh curve.
    [Fact]
    public async Task Row19_FourWorkers_DoMoreThanOne()
    {
        const int Tasks = 40;
        await using var cluster = await ClusterProcesses.StartAsync();
        var (_, api) = (await cluster.AddHelloAsync(), (await cluster.StartPairAsync()).Api);

        var alone = await TimeAsync(api, Tasks);
        for (var i = 0; i < 3; i++)
            await cluster.AddHelloAsync();
        await cluster.WaitForWorkersAsync(api);
        var four = await TimeAsync(api, Tasks);

        four.ShouldBeLessThan(alone * 0.7);
    }

    private static async Task<TimeSpan> TimeAsync(BalancerProcess api, int tasks)
    {
        var started = Stopwatch.GetTimestamp();
        var answers = await Task.WhenAll(Enumerable.Range(0, tasks).Select(
            _ => api.PostAsync(TaskCalls.Body(function: "sleep", input: """{"ms":40}"""))));
        answers.ShouldAllBe(static answer => answer.Status == 200);
        return Stopwatch.GetElapsedTime(started);
    }
}
