using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Cluster;

/// <summary>Tasks that nobody waits in, and idempotency keys over several nodes.</summary>
public sealed class SharedDeskSubmitTests
{
    [Fact]
    public async Task Submit_ManyOfSeveralKinds_ReceiptsInOrderAndAllInTheStore()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var requests = new[]
        {
            Async(),
            new TaskRequest { Queue = new QueueKey("none", 1), Function = "f", Body = [] },
            Async(static options => options with { Webhook = new WebhookAddress("http://forbidden/", []) }),
            Async(static options => options with { Webhook = new WebhookAddress("http://fine/", []) }),
            Async(static options => options with { Idempotency = SharedDeskHarness.Mark() }),
            Async(static options => options with { Idempotency = SharedDeskHarness.Mark() }),
            Async(delayMilliseconds: 5000),
        };

        var receipts = await harness.AdvanceAsync(harness.A.Desk.SubmitAsync(requests).AsTask());

        receipts[1].Refusal!.Kind.ShouldBe(TaskOutcomeKind.NoWorker);
        receipts[2].Refusal!.Kind.ShouldBe(TaskOutcomeKind.WebhookRefused);
        receipts[5].ShouldBe(receipts[4]);
        foreach (var i in new[] { 0, 3, 4, 6 })
        {
            receipts[i].Refusal.ShouldBeNull();
            (await harness.SeeAsync(receipts[i].Id))!.Caller.ShouldBeNull();
        }

        (await harness.SeeAsync(receipts[6].Id))!.Task.Snapshot.State.ShouldBe(TaskState.Scheduled);
        harness.A.Context.Gate.Tasks.ShouldBe(0);
    }

    [Fact]
    public async Task Submit_QueueHoldsAPartOnly_EachReceiptIsTrue()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        harness.Memory.QueueLimit = 3;

        var receipts = await SharedDeskHarness.WaitAsync(
            harness.A.Desk.SubmitAsync([.. Enumerable.Range(0, 5).Select(static _ => Async())]).AsTask());

        receipts.Count(static receipt => receipt.Refusal is null).ShouldBe(3);
        foreach (var receipt in receipts)
        {
            if (receipt.Refusal is null)
                (await harness.SeeAsync(receipt.Id)).ShouldNotBeNull();
            else
                receipt.ShouldSatisfyAllConditions(
                    static refused => refused.Refusal!.Kind.ShouldBe(TaskOutcomeKind.QueueFull),
                    static refused => refused.Id.ShouldBe(default));
        }
    }

    [Fact]
    public async Task Submit_StoreFails_RefusedAndNothingIsCounted()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        harness.A.Store.Cut();

        (await harness.A.SubmitAsync()).Refusal!.Kind.ShouldBe(TaskOutcomeKind.Unavailable);
        (await harness.A.SubmitAsync(static options => options with { Idempotency = SharedDeskHarness.Mark() }))
            .Refusal!.Kind.ShouldBe(TaskOutcomeKind.Unavailable);

        harness.A.Context.Gate.Tasks.ShouldBe(0);
    }

    [Fact]
    public async Task Run_SameKeyAtTwoNodes_RunsOnceAndAllGetTheSame()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var b = await harness.AddNodeAsync("b");
        var request = SharedDeskHarness.Request(Keyed);

        var callers = new List<Task<TaskOutcome>> { harness.A.RunAsync(request) };
        callers.AddRange(Enumerable.Range(0, 5).Select(_ => b.RunAsync(request)));
        callers.Add(harness.A.RunAsync(request));
        var task = await harness.LeaseAsync();
        await Should.ThrowAsync<InvalidOperationException>(harness.LeaseAsync);
        await harness.SucceedAsync(task, "{\"once\":1}");

        foreach (var outcome in await SharedDeskHarness.WaitAsync(Task.WhenAll(callers)))
        {
            outcome.Kind.ShouldBe(TaskOutcomeKind.Succeeded);
            outcome.TaskId.ShouldBe(task.Id);
            SharedDeskHarness.TextOf(outcome).ShouldBe("{\"once\":1}");
            outcome.Dispose();
        }

        using var later = await SharedDeskHarness.WaitAsync(b.RunAsync(request));
        later.TaskId.ShouldBe(task.Id);
        (await b.SubmitAsync(static options => options with { Idempotency = SharedDeskHarness.Mark() }))
            .Id.ShouldBe(task.Id);
    }

    [Fact]
    public async Task Run_SameKeyAndNewsAreLost_WaitersFindTheEndByLooking()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var b = await harness.AddNodeAsync("b");
        var request = SharedDeskHarness.Request(Keyed);
        var first = harness.A.RunAsync(request);
        var task = await harness.LeaseAsync();
        var second = b.RunAsync(request);
        b.Store.Cut();
        await harness.SucceedAsync(task);
        b.Store.Mend();

        using var outcome = await harness.AdvanceAsync(second, 100);

        outcome.TaskId.ShouldBe(task.Id);
        (await SharedDeskHarness.WaitAsync(first)).Dispose();
    }

    [Fact]
    public async Task Run_KeyWithAnotherBody_IsRefused()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var b = await harness.AddNodeAsync("b");
        _ = harness.A.RunAsync(SharedDeskHarness.Request(Keyed));

        var other = SharedDeskHarness.Request(
            static options => options with { Idempotency = SharedDeskHarness.Mark(body: 2) });

        (await SharedDeskHarness.WaitAsync(b.RunAsync(other))).Kind.ShouldBe(TaskOutcomeKind.KeyReused);
        (await SharedDeskHarness.WaitAsync(b.Desk.SubmitAsync([other]).AsTask()))[0].Refusal!.Kind
            .ShouldBe(TaskOutcomeKind.KeyReused);
    }

    [Fact]
    public async Task Run_WaiterOfAKeyGoes_TaskRunsOnForTheOthers()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var request = SharedDeskHarness.Request(Keyed);
        var first = harness.A.RunAsync(request);
        var task = await harness.LeaseAsync();
        using var waiter = new CancellationTokenSource();
        var second = harness.A.RunAsync(request, waiter.Token);

        await waiter.CancelAsync();

        (await SharedDeskHarness.WaitAsync(second)).Kind.ShouldBe(TaskOutcomeKind.Cancelled);
        (await harness.SucceedAsync(task)).ShouldBeTrue();
        (await SharedDeskHarness.WaitAsync(first)).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
    }

    [Fact]
    public async Task Run_MakerOfAKeyDied_IsReplacedAfterFiveSecondsAndNotBefore()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        await harness.Runner.ClaimKeyAsync(
            SharedDeskHarness.Mark(), new TaskId(Guid.NewGuid()), SharedDeskHarness.Key, null);

        var running = harness.A.RunAsync(SharedDeskHarness.Request(Keyed));
        harness.Time.AdvanceInTicks(TimeSpan.FromSeconds(4.9));
        await Should.ThrowAsync<InvalidOperationException>(harness.LeaseAsync);

        var entered = Entered(harness);
        await harness.AdvanceAsync(entered);
        (await harness.SucceedAsync(await harness.LeaseAsync())).ShouldBeTrue();
        (await SharedDeskHarness.WaitAsync(running)).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
    }

    [Fact]
    public async Task Run_RefusedUnderAKey_KeyIsFreeAtOnce()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        harness.Memory.QueueLimit = 0;
        var request = SharedDeskHarness.Request(Keyed);
        (await SharedDeskHarness.WaitAsync(harness.A.RunAsync(request))).Kind.ShouldBe(TaskOutcomeKind.QueueFull);
        (await SharedDeskHarness.WaitAsync(harness.A.RunAsync(SharedDeskHarness.Request(Keyed, "unseen")))).Kind
            .ShouldBe(TaskOutcomeKind.NoWorker);
        harness.Memory.QueueLimit = 10;

        var running = harness.A.RunAsync(request);

        (await harness.SucceedAsync(await harness.LeaseAsync())).ShouldBeTrue();
        (await SharedDeskHarness.WaitAsync(running)).Dispose();
    }

    [Fact]
    public async Task Run_NoWorkerUnderAKey_MayComeAgainAtOnce()
    {
        await using var harness = await SharedDeskHarness.StartAsync(
            static options => options with { NoWorkerGrace = TimeSpan.FromMilliseconds(100) });
        harness.A.Serve(isServing: false, "hello");
        var request = SharedDeskHarness.Request(Keyed);
        (await harness.AdvanceAsync(harness.A.RunAsync(request))).Kind.ShouldBe(TaskOutcomeKind.NoWorker);

        harness.A.Serve(isServing: true, "hello");
        var running = harness.A.RunAsync(request);

        (await harness.SucceedAsync(await harness.LeaseAsync())).ShouldBeTrue();
        (await SharedDeskHarness.WaitAsync(running)).Dispose();
    }

    [Fact]
    public async Task Close_SomebodyWaitsForAKey_IsTold()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var b = await harness.AddNodeAsync("b");
        _ = harness.A.RunAsync(SharedDeskHarness.Request(Keyed));
        var waiting = b.RunAsync(SharedDeskHarness.Request(Keyed));

        b.Desk.Close();

        (await SharedDeskHarness.WaitAsync(waiting)).Kind.ShouldBe(TaskOutcomeKind.Unavailable);
    }

    private static async Task<bool> Entered(SharedDeskHarness harness)
    {
        while (true)
        {
            await harness.RunnerQueue.TendAsync(long.MaxValue);
            if (harness.RunnerQueue.PendingCount > 0)
                return true;
            await Task.Yield();
        }
    }

    private static TaskOptions Keyed(TaskOptions options) =>
        options with { Idempotency = SharedDeskHarness.Mark() };

    private static TaskRequest Async(
        Func<TaskOptions, TaskOptions>? change = null, long delayMilliseconds = 0) => SharedDeskHarness.Request(
            options => (change?.Invoke(options) ?? options) with { Mode = TaskMode.Async },
            delayMilliseconds: delayMilliseconds);
}
