using System.Text;
using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Cluster;

/// <summary>Questions and orders about tasks, at a node that neither took them in nor runs them.</summary>
public sealed class SharedDeskAskTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Fact]
    public async Task Find_WaitsAtAnotherNode_HearsOfTheEnd()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var b = await harness.AddNodeAsync("b");
        var id = (await harness.A.SubmitAsync()).Id;
        var finding = b.Desk.FindAsync(id, Hour, CancellationToken.None).AsTask();

        await harness.SucceedAsync(await harness.LeaseAsync(), "{\"x\":1}");

        var found = await SharedDeskHarness.WaitAsync(finding);
        found.Task!.State.ShouldBe(TaskState.Succeeded);
        Encoding.UTF8.GetString(found.Task.Result!).ShouldBe("{\"x\":1}");
        found.Task.Worker.ShouldBe("http://worker");
    }

    [Fact]
    public async Task Find_NewsAreLost_LooksByItself()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var b = await harness.AddNodeAsync("b");
        var id = (await harness.A.SubmitAsync()).Id;
        var finding = b.Desk.FindAsync(id, Hour, CancellationToken.None).AsTask();
        b.Store.Cut();
        await harness.SucceedAsync(await harness.LeaseAsync());
        b.Store.Mend();

        (await harness.AdvanceAsync(finding, 100)).Task!.State.ShouldBe(TaskState.Succeeded);
    }

    [Fact]
    public async Task Find_WaitIsOver_ShowsTheLivingTask()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var id = (await harness.A.SubmitAsync()).Id;

        var found = await harness.AdvanceAsync(
            harness.A.Desk.FindAsync(id, TimeSpan.FromSeconds(5), CancellationToken.None).AsTask(), 100);

        found.Task!.State.ShouldBe(TaskState.Queued);
        harness.Time.Elapsed.TotalSeconds.ShouldBeInRange(5, 6);
        var waiting = harness.A.Desk.FindAsync(id, Hour, CancellationToken.None).AsTask();
        harness.A.Desk.Close();
        (await SharedDeskHarness.WaitAsync(waiting)).Task!.State.ShouldBe(TaskState.Queued);
    }

    [Fact]
    public async Task Find_NothingIsKept_SaysHowItEndedToWhoWaitedAndUnknownAfterThat()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var running = harness.A.RunAsync();
        var task = await harness.LeaseAsync();
        var finding = harness.A.Desk.FindAsync(task.Id, Hour, CancellationToken.None).AsTask();
        await harness.SucceedAsync(task);

        (await SharedDeskHarness.WaitAsync(finding)).Task!.State.ShouldBe(TaskState.Succeeded);
        (await SharedDeskHarness.WaitAsync(running)).Dispose();
        (await harness.A.Desk.FindAsync(task.Id, TimeSpan.Zero, CancellationToken.None)).Kind
            .ShouldBe(TaskAnswerKind.Unknown);
    }

    [Fact]
    public async Task Find_RetentionIsOver_GoneBeforeAnySweep()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var id = (await harness.A.SubmitAsync(static options => options with { RetentionMilliseconds = 1000 })).Id;
        await harness.SucceedAsync(await harness.LeaseAsync());
        (await harness.A.Desk.FindAsync(id, TimeSpan.Zero, CancellationToken.None)).Kind
            .ShouldBe(TaskAnswerKind.Done);

        harness.Time.Advance(TimeSpan.FromSeconds(1));

        (await harness.A.Desk.FindAsync(id, TimeSpan.Zero, CancellationToken.None)).Kind
            .ShouldBe(TaskAnswerKind.Gone);
        (await harness.A.Desk.CancelAsync(id)).Kind.ShouldBe(TaskAnswerKind.Gone);
        (await harness.A.Desk.RetryAsync(id)).Kind.ShouldBe(TaskAnswerKind.Gone);
        (await harness.A.Desk.FollowAsync(id, -1)).Kind.ShouldBe(TaskAnswerKind.Gone);
    }

    [Fact]
    public async Task Cancel_AtAnotherNode_CallerAndRunnerHearOfIt()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var b = await harness.AddNodeAsync("b");
        var running = harness.A.RunAsync();
        var task = await harness.LeaseAsync();

        var order = await b.Desk.CancelAsync(task.Id);

        order.ShouldBe(new TaskOrderResult(TaskAnswerKind.Done, TaskState.Cancelled));
        var outcome = await SharedDeskHarness.WaitAsync(running);
        outcome.Kind.ShouldBe(TaskOutcomeKind.Cancelled);
        outcome.Error.ShouldBe("The task was cancelled.");
        (await harness.SucceedAsync(task)).ShouldBeFalse();
        (await b.Desk.CancelAsync(task.Id)).Kind.ShouldBe(TaskAnswerKind.Gone);
        (await b.Desk.CancelAsync(new TaskId(Guid.NewGuid()))).Kind.ShouldBe(TaskAnswerKind.Unknown);
    }

    [Fact]
    public async Task Cancel_AtTheCallersOwnNode_CallerIsTold()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var running = harness.A.RunAsync();
        var task = await harness.LeaseAsync();

        (await harness.A.Desk.CancelAsync(task.Id)).Kind.ShouldBe(TaskAnswerKind.Done);

        (await SharedDeskHarness.WaitAsync(running)).Kind.ShouldBe(TaskOutcomeKind.Cancelled);
    }

    [Fact]
    public async Task Cancel_EndedAlready_TooLateOrDoneAgain()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var ended = (await harness.A.SubmitAsync()).Id;
        await harness.SucceedAsync(await harness.LeaseAsync());
        var cancelled = (await harness.A.SubmitAsync(delayMilliseconds: 5000)).Id;

        (await harness.A.Desk.CancelAsync(ended))
            .ShouldBe(new TaskOrderResult(TaskAnswerKind.TooLate, TaskState.Succeeded));
        for (var i = 0; i < 2; i++)
        {
            (await harness.A.Desk.CancelAsync(cancelled))
                .ShouldBe(new TaskOrderResult(TaskAnswerKind.Done, TaskState.Cancelled));
        }
    }

    [Fact]
    public async Task Cancel_AtTwoNodesWhileItEnds_AllSayTheSame()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var b = await harness.AddNodeAsync("b");
        for (var round = 0; round < 50; round++)
        {
            var id = (await harness.A.SubmitAsync()).Id;
            var task = await harness.LeaseAsync();

            var orders = new[] { harness.A, b }
                .Select(node => Task.Run(() => node.Desk.CancelAsync(id).AsTask()))
                .ToArray();
            var succeeded = await harness.SucceedAsync(task);

            foreach (var order in await SharedDeskHarness.WaitAsync(Task.WhenAll(orders)))
                order.Kind.ShouldBe(succeeded ? TaskAnswerKind.TooLate : TaskAnswerKind.Done);
        }
    }

    [Fact]
    public async Task Retry_DeadTask_RunsAgainAndKeepsItsHistory()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var b = await harness.AddNodeAsync("b");
        var id = (await harness.A.SubmitAsync(
            static options => options with { Idempotency = SharedDeskHarness.Mark() })).Id;
        (await b.Desk.RetryAsync(id)).ShouldBe(new TaskOrderResult(TaskAnswerKind.TooLate, TaskState.Queued));
        await harness.FailAsync(await harness.LeaseAsync());

        (await b.Desk.RetryAsync(id)).ShouldBe(new TaskOrderResult(TaskAnswerKind.Done, TaskState.Queued));

        var again = await harness.LeaseAsync();
        again.Id.ShouldBe(id);
        again.Attempt.ShouldBe(2);
        again.History!.Length.ShouldBe(1);
        again.Options.AttemptsBefore.ShouldBe(1);
        await harness.SucceedAsync(again);
        (await b.Desk.RetryAsync(id)).ShouldBe(new TaskOrderResult(TaskAnswerKind.TooLate, TaskState.Succeeded));
        b.Context.Gate.Tasks.ShouldBe(0);
    }

    [Fact]
    public async Task Retry_DeskIsClosedOrTheFunctionUnknown_IsRefused()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var b = await harness.AddNodeAsync("b");
        var id = (await harness.A.SubmitAsync()).Id;
        await harness.FailAsync(await harness.LeaseAsync());
        b.Desk.Close();

        var order = await b.Desk.RetryAsync(id);

        order.Kind.ShouldBe(TaskAnswerKind.Refused);
        order.State.ShouldBe(TaskState.Dead);
        order.Refusal!.Kind.ShouldBe(TaskOutcomeKind.Unavailable);
    }

    [Fact]
    public async Task RetryAllAndPurge_ManyTasks_TouchThoseOfTheFilterOnly()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        for (var i = 0; i < 6; i++)
        {
            await harness.A.SubmitAsync();
            var task = await harness.LeaseAsync();
            await (i < 4 ? harness.FailAsync(task) : harness.SucceedAsync(task));
        }

        (await harness.A.Desk.RetryAllAsync(new TaskFilter { State = TaskState.Dead })).ShouldBe(4);
        (await harness.A.Desk.PurgeAsync(new TaskFilter { State = TaskState.Succeeded })).ShouldBe(2);

        var left = await harness.A.Desk.ListAsync(new TaskFilter(), null, 3);
        left.Tasks.Count.ShouldBe(3);
        var rest = await harness.A.Desk.ListAsync(new TaskFilter(), left.Next, 3);
        rest.Tasks.Count.ShouldBe(1);
        rest.Next.ShouldBeNull();
        left.Tasks.Concat(rest.Tasks).ShouldAllBe(static task => task.State == TaskState.Queued);
    }

    [Fact]
    public async Task CancelAll_QueuedTasksOfAFilter_AreCancelledAndOthersGoOn()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var running = (await harness.A.SubmitAsync()).Id;
        var task = await harness.LeaseAsync();
        for (var i = 0; i < 1200; i++)
            await harness.A.SubmitAsync();
        var waiting = harness.A.Desk.RunAsync(SharedDeskHarness.Request(), CancellationToken.None).AsTask();

        (await harness.A.Desk.CancelAllAsync(new TaskFilter { State = TaskState.Queued, Group = "none" })).ShouldBe(0);
        (await harness.A.Desk.CancelAllAsync(new TaskFilter { State = TaskState.Queued })).ShouldBe(1201);

        using var outcome = await SharedDeskHarness.WaitAsync(waiting);
        outcome.Kind.ShouldBe(TaskOutcomeKind.Cancelled);
        (await harness.A.Desk.FindAsync(running, TimeSpan.Zero, CancellationToken.None)).Task!.State
            .ShouldBe(TaskState.Running);
        harness.Revoked.ShouldBeEmpty();
        (await harness.SucceedAsync(task)).ShouldBeTrue();
    }

    [Fact]
    public async Task FindInput_LivingEndedAndForgottenTask_IsWhatIsKept()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var id = (await harness.A.SubmitAsync()).Id;

        (await harness.A.Desk.FindInputAsync(id)).Body.ShouldBe("{}"u8.ToArray());
        await harness.SucceedAsync(await harness.LeaseAsync());
        (await harness.A.Desk.FindInputAsync(id)).Body.ShouldBe("{}"u8.ToArray());
        await harness.A.Desk.PurgeAsync(new TaskFilter { State = TaskState.Succeeded });
        (await harness.A.Desk.FindInputAsync(id)).ShouldBe(new TaskInput(TaskAnswerKind.Gone, null));
    }

    [Fact]
    public async Task Redeliver_DeliveryIsDead_IsPendingAgain()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var receipts = await harness.A.Desk.SubmitAsync([SharedDeskHarness.Request(static options => options with
        {
            Mode = TaskMode.Webhook,
            Webhook = new WebhookAddress("http://fine/", []),
        })]);
        var id = receipts[0].Id;
        (await harness.A.Desk.RedeliverAsync(id)).Kind.ShouldBe(TaskAnswerKind.TooLate);
        await harness.SucceedAsync(await harness.LeaseAsync());
        (await harness.A.Desk.RedeliverAsync(id)).Kind.ShouldBe(TaskAnswerKind.TooLate);
        await harness.Runner.Archive.SaveDeliveryAsync(
            id,
            new WebhookDelivery(WebhookDeliveryState.Dead, 9, 0, 500, "no"),
            harness.Memory.NowMilliseconds + 100_000);

        (await harness.A.Desk.RedeliverAsync(id)).Kind.ShouldBe(TaskAnswerKind.Done);

        (await harness.SeeAsync(id))!.Task.Snapshot.Delivery!.ShouldSatisfyAllConditions(
            static delivery => delivery.State.ShouldBe(WebhookDeliveryState.Pending),
            static delivery => delivery.Tries.ShouldBe(0));
    }

    [Fact]
    public async Task Report_RightAndStaleToken_ToldOrStale()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var id = (await harness.A.SubmitAsync()).Id;
        (await harness.A.Desk.ReportAsync(id, 1, TaskEventKind.Progress, "1"u8.ToArray())).Kind
            .ShouldBe(TaskAnswerKind.Stale);
        var task = await harness.LeaseAsync();

        (await harness.A.Desk.ReportAsync(id, task.LeaseToken, TaskEventKind.Chunk, "1"u8.ToArray()))
            .ShouldBe(new TaskOrderResult(TaskAnswerKind.Done, TaskState.Running));
        (await harness.A.Desk.ReportAsync(id, task.LeaseToken, TaskEventKind.Chunk, "2"u8.ToArray())).Kind
            .ShouldBe(TaskAnswerKind.Done);
        (await harness.A.Desk.ReportAsync(id, task.LeaseToken + 1, TaskEventKind.Chunk, "3"u8.ToArray())).Kind
            .ShouldBe(TaskAnswerKind.Stale);

        var told = (await harness.SeeAsync(id))!.Task.Events;
        told.Select(static happened => Encoding.UTF8.GetString(happened.Data!)).ShouldBe(["1", "2"]);
        told[1].Id.ShouldBeGreaterThan(told[0].Id);
        await harness.SucceedAsync(task);
        (await harness.A.Desk.ReportAsync(id, task.LeaseToken, TaskEventKind.Chunk, "4"u8.ToArray()))
            .ShouldBe(new TaskOrderResult(TaskAnswerKind.Stale, TaskState.Succeeded));
        (await harness.A.Desk.ReportAsync(new TaskId(Guid.NewGuid()), 1, TaskEventKind.Chunk, [])).Kind
            .ShouldBe(TaskAnswerKind.Unknown);
    }

    [Fact]
    public async Task Follow_AtAnotherNode_EveryEventOnceInOrderAndResumable()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var b = await harness.AddNodeAsync("b");
        var id = (await harness.A.SubmitAsync()).Id;
        using var follower = await b.Desk.FollowAsync(id, -1);
        (await NextAsync(follower)).Kind.ShouldBe(TaskEventKind.Queued);

        harness.Time.Advance(TimeSpan.FromMilliseconds(10));
        var task = await harness.LeaseAsync();
        (await NextAsync(follower)).Kind.ShouldBe(TaskEventKind.Started);
        await harness.A.Desk.ReportAsync(id, task.LeaseToken, TaskEventKind.Progress, "50"u8.ToArray());
        var progress = await NextAsync(follower);
        progress.Kind.ShouldBe(TaskEventKind.Progress);
        harness.Time.Advance(TimeSpan.FromMilliseconds(10));
        await harness.SucceedAsync(task);
        (await NextAsync(follower)).Kind.ShouldBe(TaskEventKind.Completed);
        (await SharedDeskHarness.WaitAsync(follower.Events!.WaitToReadAsync().AsTask())).ShouldBeFalse();

        using var resumed = await harness.A.Desk.FollowAsync(id, progress.Id);
        (await NextAsync(resumed)).Kind.ShouldBe(TaskEventKind.Completed);
        (await SharedDeskHarness.WaitAsync(resumed.Events!.WaitToReadAsync().AsTask())).ShouldBeFalse();
    }

    [Fact]
    public async Task Follow_NodeThatTookTheLastWordIsAhead_EndComesAllTheSame()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var id = (await harness.A.SubmitAsync()).Id;
        var task = await harness.LeaseAsync();
        using var follower = await harness.A.Desk.FollowAsync(id, -1);
        var ahead = harness.Memory.NowMilliseconds + 50;
        var told = new TaskEvent(TaskTimeline.NextTold(ahead, -1), TaskEventKind.Progress, ahead, "1"u8.ToArray());
        await harness.RunnerQueue.ReportAsync(id, task.LeaseToken, told);
        TaskEvent happened;
        do
            happened = await NextAsync(follower);
        while (happened.Kind != TaskEventKind.Progress);

        await harness.SucceedAsync(task);

        var ended = await NextAsync(follower);
        ended.Kind.ShouldBe(TaskEventKind.Completed);
        ended.Id.ShouldBeGreaterThan(happened.Id);
        using var resumed = await harness.A.Desk.FollowAsync(id, happened.Id);
        (await NextAsync(resumed)).Id.ShouldBe(ended.Id);
        using var over = await harness.A.Desk.FollowAsync(id, ended.Id);
        (await SharedDeskHarness.WaitAsync(over.Events!.WaitToReadAsync().AsTask())).ShouldBeFalse();
    }

    [Fact]
    public async Task Follow_NothingIsKept_LastEventComesAllTheSame()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var running = harness.A.RunAsync();
        var task = await harness.LeaseAsync();
        using var follower = await harness.A.Desk.FollowAsync(task.Id, -1);
        harness.Time.Advance(TimeSpan.FromMilliseconds(10));
        await harness.SucceedAsync(task);

        var kinds = new List<TaskEventKind>();
        while (await SharedDeskHarness.WaitAsync(follower.Events!.WaitToReadAsync().AsTask()))
            kinds.Add((await NextAsync(follower)).Kind);

        kinds.ShouldBe([TaskEventKind.Queued, TaskEventKind.Started, TaskEventKind.Completed]);
        (await SharedDeskHarness.WaitAsync(running)).Dispose();
    }

    [Fact]
    public async Task Follow_NewsAreLost_LooksByItselfAndEndsWithTheReader()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var id = (await harness.A.SubmitAsync()).Id;
        using var follower = await harness.A.Desk.FollowAsync(id, -1);
        await NextAsync(follower);
        harness.A.Store.Cut();
        harness.Time.Advance(TimeSpan.FromMilliseconds(10));
        await harness.LeaseAsync();
        harness.A.Store.Mend();

        (await harness.AdvanceAsync(NextAsync(follower), 100)).Kind.ShouldBe(TaskEventKind.Started);

        follower.Dispose();
        (await SharedDeskHarness.WaitAsync(follower.Events!.WaitToReadAsync().AsTask())).ShouldBeFalse();
        await harness.AdvanceAsync(harness.Time.WaitForNoTimersAsync().ContinueWith(static _ => true));
    }

    [Fact]
    public async Task Follow_DeskCloses_StreamEnds()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var id = (await harness.A.SubmitAsync()).Id;
        using var follower = await harness.A.Desk.FollowAsync(id, -1);
        await NextAsync(follower);

        harness.A.Desk.Close();

        (await SharedDeskHarness.WaitAsync(follower.Events!.WaitToReadAsync().AsTask())).ShouldBeFalse();
    }

    [Fact]
    public async Task PauseAndList_KnownAndUnknownQueues_AreShown()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var b = await harness.AddNodeAsync("b");
        await harness.A.SubmitAsync();
        await harness.A.SubmitAsync(delayMilliseconds: 5000);
        harness.Time.Advance(TimeSpan.FromMilliseconds(100));

        (await b.Desk.SetPauseAsync(new QueueKey("none", 1), null)).ShouldBeFalse();
        (await b.Desk.SetPauseAsync(SharedDeskHarness.Key, long.MaxValue)).ShouldBeTrue();

        var queue = (await harness.A.Desk.ListQueuesAsync()).Single();
        queue.IsPaused.ShouldBeTrue();
        queue.PausedUntilMilliseconds.ShouldBeNull();
        queue.Counts[TaskState.Queued].ShouldBe(1);
        queue.Counts[TaskState.Scheduled].ShouldBe(1);
        queue.Counts.Count.ShouldBe(Enum.GetValues<TaskState>().Length);
        queue.OldestAgeMilliseconds.ShouldBe(100);
        await b.Desk.SetPauseAsync(SharedDeskHarness.Key, harness.Memory.NowMilliseconds + 50);
        (await harness.A.Desk.ListQueuesAsync()).Single().PausedUntilMilliseconds
            .ShouldBe(harness.Memory.NowMilliseconds + 50);
        harness.Time.Advance(TimeSpan.FromSeconds(1));
        var later = (await harness.A.Desk.ListQueuesAsync()).Single();
        later.IsPaused.ShouldBeFalse();
        later.InPerSecond.ShouldBeGreaterThan(0);
        await b.Desk.SetPauseAsync(SharedDeskHarness.Key, null);
    }

    [Fact]
    public async Task List_TasksThatWaitForTheirKeyOrAnotherAttempt_AreCountedAsQueuedAndRetrying()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        for (var i = 0; i < 3; i++)
            await harness.A.SubmitAsync(static options => options with { OrderingKey = "k" });
        var leased = new List<QueuedTask>();
        await harness.RunnerQueue.LeaseAsync(1, leased);
        await harness.RunnerQueue.RetryAsync(
            leased[0], leased[0].LeaseToken, harness.Memory.NowMilliseconds + 1000, countAttempt: true);
        await harness.A.SubmitAsync(delayMilliseconds: 5000);

        var counts = (await harness.A.Desk.ListQueuesAsync()).Single().Counts;

        counts[TaskState.Queued].ShouldBe(2);
        counts[TaskState.Retrying].ShouldBe(1);
        counts[TaskState.Scheduled].ShouldBe(1);
        counts[TaskState.Running].ShouldBe(0);
        (await harness.A.Desk.ListAsync(new TaskFilter { State = TaskState.Queued }, null, 10)).Tasks
            .ShouldAllBe(static task => task.OrderingKey == "k");
    }

    private static Task<TaskEvent> NextAsync(TaskFollower follower) =>
        SharedDeskHarness.WaitAsync(follower.Events!.ReadAsync().AsTask());
}
