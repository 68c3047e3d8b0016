using System.Text;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Queues;

/// <summary>Async tasks and what can be asked and ordered of them, on a real engine with workers on real sockets.
/// </summary>
public sealed class TaskControlTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Submit_WorkerAnswers_TaskIsFoundWithItsResult()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await EngineHarness.StartAsync([worker]);

        var id = await harness.SubmitAsync(options => options with { Tags = ["a", "b"] });
        var task = await harness.EndOfAsync(id);

        task.State.ShouldBe(TaskState.Succeeded);
        task.Tags.ShouldBe(["a", "b"]);
        task.Worker.ShouldBe(worker.Url);
        task.Attempts.Single().Number.ShouldBe(1);
        task.StartedAtMilliseconds.ShouldBeGreaterThanOrEqualTo(task.CreatedAtMilliseconds);
        task.FinishedAtMilliseconds.ShouldBeGreaterThanOrEqualTo(task.StartedAtMilliseconds);
        (task.KeptUntilMilliseconds - task.FinishedAtMilliseconds).ShouldBe(
            (long)TimeSpan.FromHours(24).TotalMilliseconds);
        Encoding.UTF8.GetString(task.Result!).ShouldBe("""{"success":true,"result":{}}""");
        (await harness.FindAsync(id)).ShouldBeEquivalentTo(task);
    }

    [Fact]
    public async Task Submit_EveryAttemptFails_DeadWithAllAttemptsAndRetriedByHand()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.Answer = FakeAnswers.Failure;
        await using var harness = await EngineHarness.StartAsync([worker]);

        var id = await harness.SubmitAsync();
        var dead = await harness.EndOfAsync(id);
        dead.State.ShouldBe(TaskState.Dead);
        dead.Error.ShouldBe("It failed");
        dead.Attempts.Select(static attempt => attempt.Number).ShouldBe([1, 2, 3]);
        dead.Attempts.ShouldAllBe(attempt => attempt.Error == "It failed" && attempt.Worker == worker.Url);

        worker.Answer = FakeAnswers.Ok;
        (await harness.Engine.RetryAsync(id)).Kind.ShouldBe(TaskAnswerKind.Done);
        var revived = await harness.EndOfAsync(id);
        revived.State.ShouldBe(TaskState.Succeeded);
        revived.Attempts.Select(static attempt => attempt.Number).ShouldBe([1, 2, 3, 4]);
        worker.Calls[^1].Header("x-task-attempt").ShouldBe("4");
        (await harness.Engine.RetryAsync(id)).Kind.ShouldBe(TaskAnswerKind.TooLate);
    }

    [Fact]
    public async Task Retry_SameDeadTaskTwiceAtOnce_RunsOnce()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.Answer = FakeAnswers.BadRequest;
        await using var harness = await EngineHarness.StartAsync([worker]);
        var id = await harness.SubmitAsync();
        (await harness.EndOfAsync(id)).State.ShouldBe(TaskState.Dead);

        worker.Answer = FakeAnswers.Ok;
        var orders = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => harness.Engine.RetryAsync(id).AsTask()));

        (await harness.EndOfAsync(id)).State.ShouldBe(TaskState.Succeeded);
        orders.Count(static order => order.Kind == TaskAnswerKind.Done).ShouldBe(1);
        worker.Calls.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Dead_SyncTaskThatFailed_IsKeptAsDeadLetter()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.Answer = FakeAnswers.Failure;
        await using var harness = await EngineHarness.StartAsync([worker]);

        var outcome = await harness.RunAsync();

        outcome.Kind.ShouldBe(TaskOutcomeKind.Failed);
        var kept = await harness.EndOfAsync(outcome.TaskId);
        kept.State.ShouldBe(TaskState.Dead);
        kept.Attempts.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Sync_Succeeds_LeavesNothing()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await EngineHarness.StartAsync([worker]);

        using var outcome = await harness.RunAsync();

        (await harness.Engine.FindAsync(outcome.TaskId, TimeSpan.Zero, CancellationToken.None)).Kind
            .ShouldBe(TaskAnswerKind.Unknown);
        (await harness.Engine.ListAsync(new TaskFilter(), null, 10)).Tasks.ShouldBeEmpty();
    }

    [Fact]
    public async Task Cancel_Running_CallIsEndedAndSlotIsFree()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 1 });
        worker.AnswerNext(FakeAnswers.Hang);
        await using var harness = await EngineHarness.StartAsync([worker]);
        var id = await harness.SubmitAsync();
        var call = await worker.WaitForCallAsync();

        var order = await harness.Engine.CancelAsync(id);

        order.Kind.ShouldBe(TaskAnswerKind.Done);
        order.State.ShouldBe(TaskState.Cancelled);
        await call.ClientGone.WaitAsync(Patience);
        var task = await harness.FindAsync(id);
        task.State.ShouldBe(TaskState.Cancelled);
        task.Attempts.Single().Error.ShouldBe("The task was cancelled.");
        (await harness.RunAsync()).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
        (await harness.Engine.CancelAsync(id)).Kind.ShouldBe(TaskAnswerKind.Done);
    }

    [Fact]
    public async Task Cancel_Queued_NeverReachesAWorkerAndComesBackByHand()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 1 });
        worker.AnswerNext(FakeAnswers.Held);
        await using var harness = await EngineHarness.StartAsync([worker]);
        var holder = await harness.SubmitAsync();
        var call = await worker.WaitForCallAsync();
        var waiting = await harness.SubmitAsync();

        (await harness.Engine.CancelAsync(waiting)).Kind.ShouldBe(TaskAnswerKind.Done);
        call.Release();
        (await harness.EndOfAsync(holder)).State.ShouldBe(TaskState.Succeeded);
        (await harness.FindAsync(waiting)).Attempts.ShouldBeEmpty();
        worker.Calls.Count.ShouldBe(1);

        (await harness.Engine.RetryAsync(waiting)).Kind.ShouldBe(TaskAnswerKind.Done);
        (await harness.EndOfAsync(waiting)).State.ShouldBe(TaskState.Succeeded);
    }

    [Fact]
    public async Task Cancel_Ended_IsTooLate()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await EngineHarness.StartAsync([worker]);
        var id = await harness.SubmitAsync();
        await harness.EndOfAsync(id);

        var order = await harness.Engine.CancelAsync(id);

        order.Kind.ShouldBe(TaskAnswerKind.TooLate);
        order.State.ShouldBe(TaskState.Succeeded);
    }

    [Fact]
    public async Task Orders_UnknownId_AreUnknown()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await EngineHarness.StartAsync([worker]);
        var id = new TaskId(Guid.CreateVersion7());

        (await harness.Engine.CancelAsync(id)).Kind.ShouldBe(TaskAnswerKind.Unknown);
        (await harness.Engine.RetryAsync(id)).Kind.ShouldBe(TaskAnswerKind.Unknown);
        (await harness.Engine.RedeliverAsync(id)).Kind.ShouldBe(TaskAnswerKind.Unknown);
        (await harness.Engine.ReportAsync(id, 1, TaskEventKind.Progress, [])).Kind.ShouldBe(TaskAnswerKind.Unknown);
        (await harness.Engine.FollowAsync(id, -1)).Kind.ShouldBe(TaskAnswerKind.Unknown);
    }

    [Fact]
    public async Task Purge_DeadOfAGroup_AreGoneAndOthersStay()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.Answer = FakeAnswers.BadRequest;
        await using var harness = await EngineHarness.StartAsync([worker]);
        var ids = new List<TaskId>();
        for (var i = 0; i < 5; i++)
            ids.Add(await harness.SubmitAsync(options => options with { Tags = [i < 3 ? "old" : "new"] }));
        foreach (var id in ids)
            await harness.EndOfAsync(id);

        var purged = await harness.Engine.PurgeAsync(new TaskFilter { State = TaskState.Dead, Tag = "old" });

        purged.ShouldBe(3);
        (await harness.Engine.FindAsync(ids[0], TimeSpan.Zero, CancellationToken.None)).Kind
            .ShouldBe(TaskAnswerKind.Gone);
        worker.Answer = FakeAnswers.Ok;
        (await harness.Engine.RetryAllAsync(new TaskFilter { State = TaskState.Dead })).ShouldBe(2);
        (await harness.EndOfAsync(ids[4])).State.ShouldBe(TaskState.Succeeded);
    }

    [Fact]
    public async Task List_LivingAndEnded_NewestFirstInPages()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 1 });
        await using var harness = await EngineHarness.StartAsync([worker]);
        var ids = new List<TaskId>();
        for (var i = 0; i < 6; i++)
        {
            ids.Add(await harness.SubmitAsync());
            await harness.EndOfAsync(ids[i]);
        }

        worker.Answer = FakeAnswers.Hang;
        for (var i = 0; i < 5; i++)
            ids.Add(await harness.SubmitAsync());
        await worker.WaitForCallsAsync(7);

        var seen = new List<TaskId>();
        TaskId? before = null;
        do
        {
            var page = await harness.Engine.ListAsync(new TaskFilter(), before, 4);
            seen.AddRange(page.Tasks.Select(static task => task.Id));
            before = page.Next;
        }
        while (before is not null);

        ids.Reverse();
        seen.ShouldBe(ids);
        (await harness.Engine.ListAsync(new TaskFilter { State = TaskState.Queued }, null, 100)).Tasks.Count
            .ShouldBe(4);
        (await harness.Engine.ListAsync(new TaskFilter { State = TaskState.Running }, null, 100)).Tasks.Single().Worker
            .ShouldBe(worker.Url);
        (await harness.Engine.ListAsync(new TaskFilter { State = TaskState.Succeeded }, null, 100)).Tasks.Count
            .ShouldBe(6);
    }

    [Fact]
    public async Task Follow_LivingTask_EventsInOrderWithWhatTheWorkerTold()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.AnswerNext(FakeAnswers.Failure);
        worker.AnswerNext(FakeAnswers.Held);
        await using var harness = await EngineHarness.StartAsync([worker]);
        var id = await harness.SubmitAsync();
        await worker.WaitForCallAsync();
        var call = await worker.WaitForCallAsync();
        using var follower = await harness.Engine.FollowAsync(id, -1);
        var token = long.Parse(call.Header("x-fencing-token")!);

        (await harness.Engine.ReportAsync(id, token - 1, TaskEventKind.Progress, "1"u8.ToArray())).Kind
            .ShouldBe(TaskAnswerKind.Stale);
        (await harness.Engine.ReportAsync(id, token, TaskEventKind.Progress, "50"u8.ToArray())).Kind
            .ShouldBe(TaskAnswerKind.Done);
        (await harness.Engine.ReportAsync(id, token, TaskEventKind.Chunk, "\"part\""u8.ToArray())).Kind
            .ShouldBe(TaskAnswerKind.Done);
        call.Release();

        var live = await EventsOfAsync(follower);
        live.Select(static happened => happened.Kind).ShouldBe(
        [
            TaskEventKind.Queued, TaskEventKind.Started, TaskEventKind.Retrying, TaskEventKind.Started,
            TaskEventKind.Progress, TaskEventKind.Chunk, TaskEventKind.Completed,
        ]);
        live.Select(static happened => happened.Id).ShouldBeInOrder();

        using var later = await harness.Engine.FollowAsync(id, -1);
        (await EventsOfAsync(later)).Select(static happened => (happened.Id, happened.Kind))
            .ShouldBe(live.Select(static happened => (happened.Id, happened.Kind)));
        using var resumed = await harness.Engine.FollowAsync(id, live[3].Id);
        (await EventsOfAsync(resumed)).Select(static happened => happened.Id)
            .ShouldBe(live.Skip(4).Select(static happened => happened.Id));
    }

    [Fact]
    public async Task Follow_BalancerStops_StreamCompletesBeforeTheEnd()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.Answer = FakeAnswers.Hang;
        await using var harness = await EngineHarness.StartAsync([worker]);
        var id = await harness.SubmitAsync();
        await worker.WaitForCallAsync();
        using var follower = await harness.Engine.FollowAsync(id, -1);

        await harness.Engine.DisposeAsync();

        (await EventsOfAsync(follower)).Select(static happened => happened.Kind)
            .ShouldBe([TaskEventKind.Queued, TaskEventKind.Started]);
    }

    private static async Task<List<TaskEvent>> EventsOfAsync(TaskFollower follower)
    {
        using var guard = new CancellationTokenSource(Patience);
        var events = new List<TaskEvent>();
        await foreach (var happened in follower.Events!.ReadAllAsync(guard.Token))
            events.Add(happened);
        return events;
    }
}
