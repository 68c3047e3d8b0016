using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Tests.Webhooks;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Cluster;

/// <summary>Results that are delivered by webhook, whichever node ran the task.</summary>
public sealed class SharedDeliveriesTests
{
    [Fact]
    public async Task Deliver_TaskEnds_TheNodeThatRanItDeliversAtOnce()
    {
        await using var receiver = new WebhookReceiver();
        await using var worker = await FakeWorker.StartAsync();
        await using var cluster = new ClusterHarness();
        await cluster.AddAsync("engine", worker);
        var api = await cluster.AddAsync("api");

        var id = await SubmitAsync(api, receiver);
        var call = await receiver.NextAsync();

        call.Header("webhook-id").ShouldBe($"msg_{id}");
        await WaitForDeliveryAsync(cluster, id);
        receiver.Waiting.ShouldBe(0);
    }

    [Fact]
    public async Task Deliver_NodeDiesBeforeItsCallEnds_AnotherDelivers()
    {
        await using var receiver = new WebhookReceiver();
        var hang = new TaskCompletionSource();
        receiver.Answer = (_, _) => hang.Task;
        await using var first = await FakeWorker.StartAsync();
        await using var second = await FakeWorker.StartAsync();
        await using var cluster = new ClusterHarness();
        var lost = await cluster.AddAsync("lost", first);
        var id = await SubmitAsync(lost, receiver);
        await receiver.NextAsync();
        await cluster.AddAsync("heir", second);

        lost.Store.Cut();
        receiver.Answer = (_, stream) => WebhookReceiver.ReplyAsync(stream, "200 OK");
        await cluster.AdvanceUntilAsync(WaitForDeliveryAsync(cluster, id));

        hang.SetResult();
        receiver.Waiting.ShouldBe(1);
    }

    [Fact]
    public async Task Deliver_NodeStopsBetweenTwoTries_AnotherMakesTheNextOneInTime()
    {
        await using var receiver = new WebhookReceiver();
        receiver.Answer = (_, stream) => WebhookReceiver.ReplyAsync(stream, "503 Busy", "Retry-After: 5\r\n");
        await using var first = await FakeWorker.StartAsync();
        await using var second = await FakeWorker.StartAsync();
        await using var cluster = new ClusterHarness();
        var leaver = await cluster.AddAsync("leaver", first);
        var before = cluster.Time.GetUtcNow();
        var id = await SubmitAsync(leaver, receiver);
        await receiver.NextAsync();
        await cluster.WaitForAsync(id, static task => task.Delivery is { Tries: 1 }, "tried once");
        await cluster.AddAsync("heir", second);
        receiver.Answer = (_, stream) => WebhookReceiver.ReplyAsync(stream, "200 OK");

        await leaver.StopAsync();
        await cluster.AdvanceUntilAsync(WaitForDeliveryAsync(cluster, id));

        (cluster.Time.GetUtcNow() - before).ShouldBeInRange(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30));
        (await receiver.NextAsync()).Header("webhook-id").ShouldBe($"msg_{id}");
        receiver.Waiting.ShouldBe(0);
    }

    [Fact]
    public async Task Deliver_TaskExpiresInTheStore_ItsEndIsDelivered()
    {
        await using var receiver = new WebhookReceiver();
        await using var worker = await FakeWorker.StartAsync();
        await using var cluster = new ClusterHarness();
        await cluster.AddAsync("engine", worker);
        var api = await cluster.AddAsync("api");
        await api.Store.RememberPauseAsync(ClusterHarness.Queue, long.MaxValue);
        var id = await SubmitAsync(api, receiver, options => options with { TimeToLiveMilliseconds = 2000 });

        var end = await cluster.EndOfAsync(id);
        end.State.ShouldBe(TaskState.Expired);
        end.Error.ShouldBe("The task did not start within its time to live of 2000 ms.");
        await cluster.AdvanceUntilAsync(WaitForDeliveryAsync(cluster, id));

        (await receiver.NextAsync()).Text.ShouldContain("expired");
        worker.Calls.ShouldBeEmpty();
    }

    private static Task<TaskSnapshot> WaitForDeliveryAsync(ClusterHarness cluster, TaskId id) =>
        cluster.WaitForAsync(id, task => task.Delivery is { State: WebhookDeliveryState.Delivered }, "delivered");

    private static Task<TaskId> SubmitAsync(
        ClusterTestNode node, WebhookReceiver receiver, Func<TaskOptions, TaskOptions>? change = null) =>
        ClusterHarness.SubmitAsync(node, options =>
        {
            options = options with { Mode = TaskMode.Webhook, Webhook = new WebhookAddress(receiver.Url, []) };
            return change?.Invoke(options) ?? options;
        });
}
