using ActorBalancer.Engine.Cluster;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Cluster;

/// <summary>Callers who wait at one node for tasks that another runs.</summary>
public sealed class SharedDeskRunTests
{
    [Fact]
    public async Task Run_AnotherNodeSucceeds_CallerGetsItsReply()
    {
        await using var harness = await SharedDeskHarness.StartAsync();

        var running = harness.A.RunAsync();
        var task = await harness.LeaseAsync();
        (await harness.SucceedAsync(task)).ShouldBeTrue();

        using var outcome = await SharedDeskHarness.WaitAsync(running);
        outcome.Kind.ShouldBe(TaskOutcomeKind.Succeeded);
        outcome.WorkerStatus.ShouldBe(200);
        outcome.TaskId.ShouldBe(task.Id);
        outcome.Attempts.ShouldBe(1);
        outcome.Reply!.ContentType.ShouldBe("application/json");
        SharedDeskHarness.TextOf(outcome).ShouldBe("{\"success\":true}");
        task.Caller.ShouldBe(harness.A.Store.Node);
        harness.A.Context.Gate.Tasks.ShouldBe(0);
        harness.A.Context.Callers.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task Run_AnotherNodeFails_CallerGetsItsSentence()
    {
        await using var harness = await SharedDeskHarness.StartAsync();

        var running = harness.A.RunAsync();
        await harness.FailAsync(await harness.LeaseAsync());

        var outcome = await SharedDeskHarness.WaitAsync(running);
        outcome.Kind.ShouldBe(TaskOutcomeKind.Failed);
        outcome.Error.ShouldBe("It failed");
    }

    [Fact]
    public async Task Run_NewsOfTheReplyAreLost_NetFindsIt()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var running = harness.A.RunAsync();
        var task = await harness.LeaseAsync();

        harness.A.Store.Cut();
        await harness.SucceedAsync(task);
        harness.A.Store.Mend();
        running.IsCompleted.ShouldBeFalse();

        using var outcome = await harness.AdvanceAsync(running);
        outcome.Kind.ShouldBe(TaskOutcomeKind.Succeeded);
        harness.Time.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(1.5));
    }

    // As after a failover to a replica that had not got the task.
    [Fact]
    public async Task Run_NothingIsLeftOfTheTask_CallerIsAnsweredAtItsDeadline()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var running = harness.A.RunAsync(
            SharedDeskHarness.Request(static options => options with { TimeoutMilliseconds = 5000 }));
        var task = await harness.LeaseAsync();

        lock (harness.Memory.Gate)
            harness.Memory.QueueOf(task.Queue).Cells.Remove(task.Id);

        using var outcome = await harness.AdvanceAsync(running);
        outcome.Kind.ShouldBe(TaskOutcomeKind.TimedOut);
        harness.Time.Elapsed.ShouldBeInRange(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task Run_ReplyIsTooLongForTheNews_IsFetched()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var running = harness.A.RunAsync();
        var task = await harness.LeaseAsync();
        harness.A.Store.Cut();
        await harness.SucceedAsync(task, "{\"long\":true}");
        harness.A.Store.Mend();

        harness.A.Store.News.TaskReplied(task.Id, new SharedReply(TaskState.Succeeded, null));

        using var outcome = await SharedDeskHarness.WaitAsync(running);
        SharedDeskHarness.TextOf(outcome).ShouldBe("{\"long\":true}");
    }

    [Fact]
    public async Task Run_EndedByThisNodesEngine_ItsOwnWordCountsThoughTheStoreSaysSoFirst()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var queue = harness.A.Store.GetSharedQueue(SharedDeskHarness.Key);
        await queue.TendAsync(long.MaxValue);
        var running = harness.A.RunAsync();
        var leased = new List<QueuedTask>();
        await queue.LeaseAsync(1, leased);
        (await queue.CompleteAsync(leased[0], leased[0].LeaseToken, TaskEnd.Forgotten(TaskState.Succeeded)))
            .ShouldBeTrue();
        harness.Time.Advance(TimeSpan.FromMilliseconds(CallerClock.FirstLookMilliseconds + 50));
        running.IsCompleted.ShouldBeFalse();

        harness.A.Context.Callers.Complete(leased[0].Id, SharedDeskHarness.Success("{}", 1)).ShouldBeTrue();

        using var outcome = await SharedDeskHarness.WaitAsync(running);
        outcome.Kind.ShouldBe(TaskOutcomeKind.Succeeded);
    }

    [Fact]
    public async Task Run_EndedWithoutAnyWord_CallerIsToldByTheSecondLook()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var queue = harness.A.Store.GetSharedQueue(SharedDeskHarness.Key);
        await queue.TendAsync(long.MaxValue);
        var running = harness.A.RunAsync();
        var leased = new List<QueuedTask>();
        await queue.LeaseAsync(1, leased);
        await queue.CompleteAsync(leased[0], leased[0].LeaseToken, TaskEnd.Forgotten(TaskState.Succeeded));

        var outcome = await harness.AdvanceAsync(running);

        outcome.Kind.ShouldBe(TaskOutcomeKind.Failed);
        outcome.Error!.ShouldContain("succeeded");
        harness.Time.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(4));
    }

    [Fact]
    public async Task Run_RefusedAtTheDoor_SaysWhyAndLeavesNothing()
    {
        await using var harness = await SharedDeskHarness.StartAsync(
            static options => options with { IntakeLimit = 1, QueuedBytesLimit = 10 });
        var node = harness.A;
        harness.Memory.QueueLimit = 1;

        (await node.RunAsync(new TaskRequest { Queue = new QueueKey("none", 1), Function = "f", Body = [] }))
            .Error.ShouldBe("No worker serves group 'none', contract 1.");
        var unseen = await node.RunAsync(SharedDeskHarness.Request(function: "other"));
        unseen.Kind.ShouldBe(TaskOutcomeKind.NoWorker);
        unseen.RetryAfter.ShouldBeNull();
        (await node.RunAsync(SharedDeskHarness.Request(body: "[1,2,3,4,5,6]"))).Kind
            .ShouldBe(TaskOutcomeKind.Overloaded);
        var first = node.RunAsync();
        (await node.RunAsync()).Error!.ShouldContain("1 tasks");
        await harness.SucceedAsync(await harness.LeaseAsync());
        (await SharedDeskHarness.WaitAsync(first)).Dispose();

        await node.SubmitAsync();
        var full = await node.RunAsync();
        full.Kind.ShouldBe(TaskOutcomeKind.QueueFull);
        full.RetryAfter.ShouldNotBeNull();
        node.Store.Cut();
        (await node.RunAsync()).Kind.ShouldBe(TaskOutcomeKind.Unavailable);
        node.Store.Mend();
        node.Desk.Close();
        (await node.RunAsync()).ShouldSatisfyAllConditions(
            static outcome => outcome.Kind.ShouldBe(TaskOutcomeKind.Unavailable),
            static outcome => outcome.TaskId.ShouldBe(default));
        node.Context.Gate.Tasks.ShouldBe(0);
        node.Context.Gate.Bytes.ShouldBe(0);
        node.Context.Callers.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task Run_TimeIsOverWhileItWaits_TimedOutAndOutOfTheQueue()
    {
        await using var harness = await SharedDeskHarness.StartAsync();

        var outcome = await harness.AdvanceAsync(harness.A.RunAsync(
            SharedDeskHarness.Request(static options => options with { TimeoutMilliseconds = 500 })));

        outcome.Kind.ShouldBe(TaskOutcomeKind.TimedOut);
        outcome.Error.ShouldBe("The task found no free slot within 500 ms.");
        harness.Time.Elapsed.TotalMilliseconds.ShouldBeInRange(500, 600);
        (await harness.SeeAsync(outcome.TaskId)).ShouldBeNull();
        await Should.ThrowAsync<InvalidOperationException>(harness.LeaseAsync);
    }

    [Fact]
    public async Task Run_TimeIsOverWhileItRuns_TimedOutKeptAsDeadAndTheLateResultIsRefused()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var running = harness.A.RunAsync(
            SharedDeskHarness.Request(static options => options with { TimeoutMilliseconds = 500 }));
        var task = await harness.LeaseAsync();

        var outcome = await harness.AdvanceAsync(running);

        outcome.Kind.ShouldBe(TaskOutcomeKind.TimedOut);
        outcome.Error.ShouldBe("The task did not end within 500 ms.");
        outcome.Attempts.ShouldBe(1);
        var kept = (await harness.SeeAsync(task.Id))!.Task.Snapshot;
        kept.State.ShouldBe(TaskState.Dead);
        kept.Attempts.Single().ShouldSatisfyAllConditions(
            static attempt => attempt.Error.ShouldBe("The task did not end within 500 ms."),
            static attempt => attempt.EndedAtMilliseconds.ShouldBeGreaterThan(0));
        (await harness.SucceedAsync(task)).ShouldBeFalse();
        SpinWait.SpinUntil(() => harness.Revoked.Count > 0, TimeSpan.FromSeconds(30)).ShouldBeTrue();
        harness.Revoked.ShouldBe([(task.Id, task.LeaseToken)]);
    }

    [Fact]
    public async Task Run_ReplyAndDeadlineAtOnce_TheStoresWordCounts()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var running = harness.A.RunAsync(
            SharedDeskHarness.Request(static options => options with { TimeoutMilliseconds = 500 }));
        var task = await harness.LeaseAsync();
        harness.A.Store.Cut();
        await harness.SucceedAsync(task);
        harness.A.Store.Mend();

        using var outcome = await harness.AdvanceAsync(running);

        outcome.Kind.ShouldBe(TaskOutcomeKind.Succeeded);
        harness.Time.Elapsed.TotalMilliseconds.ShouldBeLessThan(600);
    }

    [Fact]
    public async Task Run_StoreIsAwayAtTheDeadline_CallerIsToldAndTheTaskIsCalledOffLater()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var running = harness.A.RunAsync(
            SharedDeskHarness.Request(static options => options with { TimeoutMilliseconds = 500 }));
        harness.A.Store.Cut();

        var outcome = await harness.AdvanceAsync(running);
        outcome.Kind.ShouldBe(TaskOutcomeKind.TimedOut);
        (await harness.SeeAsync(outcome.TaskId))!.Task.Snapshot.State.ShouldBe(TaskState.Queued);

        harness.A.Store.Mend();
        await harness.AdvanceAsync(UntilAsync(async () => await harness.SeeAsync(outcome.TaskId) is null), 500);
    }

    [Fact]
    public async Task Run_AnswerToTheEnqueueIsLost_CallerIsSentAwayAndTheTaskCalledOffLater()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        harness.A.Store.LosesAnswers = true;

        var outcome = await SharedDeskHarness.WaitAsync(harness.A.RunAsync());
        outcome.Kind.ShouldBe(TaskOutcomeKind.Unavailable);
        outcome.TaskId.ShouldBe(default);
        var receipt = await harness.A.SubmitAsync();
        receipt.Refusal!.Kind.ShouldBe(TaskOutcomeKind.Unavailable);
        (await harness.Runner.ListAsync(new TaskFilter(), null, 10)).Count.ShouldBe(2);

        harness.A.Store.LosesAnswers = false;
        await harness.AdvanceAsync(
            UntilAsync(async () => (await harness.Runner.ListAsync(new TaskFilter(), null, 10))
                .All(static task => task.State == TaskState.Cancelled)),
            500);
        await Should.ThrowAsync<InvalidOperationException>(harness.LeaseAsync);
        harness.A.Context.Gate.Tasks.ShouldBe(0);
    }

    [Fact]
    public async Task Run_OutlivesItsTimeToLive_Expired()
    {
        await using var harness = await SharedDeskHarness.StartAsync();

        var outcome = await harness.AdvanceAsync(harness.A.RunAsync(
            SharedDeskHarness.Request(static options => options with { TimeToLiveMilliseconds = 300 })));

        outcome.Kind.ShouldBe(TaskOutcomeKind.Expired);
        outcome.Error.ShouldBe("The task did not start within its time to live of 300 ms.");
    }

    [Fact]
    public async Task Run_ExpiredByTheStore_CallerGetsTheSameSentence()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var running = harness.A.RunAsync(
            SharedDeskHarness.Request(static options => options with { TimeToLiveMilliseconds = 20 }));
        harness.Time.Advance(TimeSpan.FromMilliseconds(20));

        await harness.RunnerQueue.TendAsync(0);

        var outcome = await SharedDeskHarness.WaitAsync(running);
        outcome.Kind.ShouldBe(TaskOutcomeKind.Expired);
    }

    [Fact]
    public async Task Run_StartedWithinItsTimeToLive_RunsOn()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var running = harness.A.RunAsync(
            SharedDeskHarness.Request(static options => options with { TimeToLiveMilliseconds = 300 }));
        var task = await harness.LeaseAsync();

        harness.Time.AdvanceInTicks(TimeSpan.FromSeconds(1));
        (await harness.SucceedAsync(task)).ShouldBeTrue();

        (await SharedDeskHarness.WaitAsync(running)).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
    }

    [Fact]
    public async Task Run_NobodyServes_NoWorkerAfterTheGrace()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        harness.A.Serve(isServing: false, "hello");

        var outcome = await harness.AdvanceAsync(harness.A.RunAsync(), 100);

        outcome.Kind.ShouldBe(TaskOutcomeKind.NoWorker);
        outcome.RetryAfter.ShouldBe(TimeSpan.FromSeconds(1));
        harness.Time.Elapsed.TotalSeconds.ShouldBeInRange(10, 10.5);
        (await harness.SeeAsync(outcome.TaskId)).ShouldBeNull();
    }

    [Fact]
    public async Task Run_LastWorkerGoesAndComesBack_PatienceBeginsAndEnds()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var running = harness.A.RunAsync();
        harness.Time.AdvanceInTicks(TimeSpan.FromSeconds(3));
        harness.A.Serve(isServing: false, "hello");
        harness.Time.AdvanceInTicks(TimeSpan.FromSeconds(9));
        harness.A.Serve(isServing: true, "hello");
        harness.Time.AdvanceInTicks(TimeSpan.FromSeconds(9));
        running.IsCompleted.ShouldBeFalse();

        harness.A.Serve(isServing: true, "another");
        var since = harness.Time.Elapsed;
        var outcome = await harness.AdvanceAsync(running, 100);

        outcome.Error!.ShouldContain("function 'hello'");
        (harness.Time.Elapsed - since).TotalSeconds.ShouldBeInRange(10, 10.5);
    }

    [Fact]
    public async Task Run_NobodyServesWhileItRuns_RunsOn()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var running = harness.A.RunAsync();
        var task = await harness.LeaseAsync();
        harness.A.Serve(isServing: false, "hello");

        harness.Time.AdvanceInTicks(TimeSpan.FromSeconds(40));
        (await harness.SucceedAsync(task)).ShouldBeTrue();

        (await SharedDeskHarness.WaitAsync(running)).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_CallerGoes_TaskIsCancelledAndItsRunnerTold(bool isRunning)
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        using var caller = new CancellationTokenSource();
        var running = harness.A.RunAsync(cancellationToken: caller.Token);
        var task = isRunning ? await harness.LeaseAsync() : null;

        await caller.CancelAsync();

        var outcome = await SharedDeskHarness.WaitAsync(running);
        outcome.Kind.ShouldBe(TaskOutcomeKind.Cancelled);
        (await harness.SeeAsync(outcome.TaskId)).ShouldBeNull();
        if (task is not null)
            (await harness.SucceedAsync(task)).ShouldBeFalse();
    }

    [Fact]
    public async Task Run_CallerGoesBeforeItCame_IsCancelled()
    {
        await using var harness = await SharedDeskHarness.StartAsync();

        var outcome = await SharedDeskHarness.WaitAsync(harness.A.RunAsync(null, new CancellationToken(true)));

        outcome.Kind.ShouldBe(TaskOutcomeKind.Cancelled);
        await Should.ThrowAsync<InvalidOperationException>(harness.LeaseAsync);
    }

    [Fact]
    public async Task Run_CancelAndEndAtOnce_OneOutcomeThatIsTheStores()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        for (var round = 0; round < 100; round++)
        {
            using var caller = new CancellationTokenSource();
            var running = harness.A.RunAsync(cancellationToken: caller.Token);
            var task = await harness.LeaseAsync();

            var cancelling = Task.Run(caller.Cancel);
            var succeeded = await harness.SucceedAsync(task);
            await cancelling;

            using var outcome = await SharedDeskHarness.WaitAsync(running);
            outcome.Kind.ShouldBe(succeeded ? TaskOutcomeKind.Succeeded : TaskOutcomeKind.Cancelled);
        }

        harness.A.Context.Gate.Tasks.ShouldBe(0);
    }

    [Fact]
    public async Task AnswerRest_CallersWait_EachIsTold()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var running = Enumerable.Range(0, 20).Select(_ => harness.A.RunAsync()).ToArray();

        harness.A.Desk.Close();
        harness.A.Desk.AnswerRest();

        foreach (var outcome in await SharedDeskHarness.WaitAsync(Task.WhenAll(running)))
        {
            outcome.Kind.ShouldBe(TaskOutcomeKind.Unavailable);
            outcome.Error!.ShouldContain("kept");
        }

        (await SharedDeskHarness.WaitAsync(harness.A.RunAsync())).Kind.ShouldBe(TaskOutcomeKind.Unavailable);
        harness.A.Context.Callers.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task Run_AllAnswered_NoTimerIsLeft()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var running = harness.A.RunAsync();
        await harness.SucceedAsync(await harness.LeaseAsync());
        (await SharedDeskHarness.WaitAsync(running)).Dispose();

        harness.Time.AdvanceInTicks(TimeSpan.FromSeconds(3));
        harness.Time.ActiveTimers.ShouldBeLessThanOrEqualTo(1); // the rates' own, until they are zero
        harness.Time.Advance(TimeSpan.FromMinutes(3));
        harness.Time.ActiveTimers.ShouldBe(0);
    }

    [Fact]
    public async Task Run_Streams_CallerGetsTheStream()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var running = harness.A.RunAsync(
            SharedDeskHarness.Request(static options => options with { Mode = TaskMode.Stream }));
        var task = await harness.LeaseAsync();
        var stream = new TaskOutcome { Kind = TaskOutcomeKind.Streaming, WorkerStatus = 200 };

        harness.A.Context.Callers.Complete(task.Id, stream).ShouldBeTrue();
        (await harness.SucceedAsync(task)).ShouldBeTrue();

        (await SharedDeskHarness.WaitAsync(running)).ShouldBeSameAs(stream);
    }

    private static async Task<bool> UntilAsync(Func<Task<bool>> condition)
    {
        while (!await condition())
            await Task.Yield();
        return true;
    }
}
