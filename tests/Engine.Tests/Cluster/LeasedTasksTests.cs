using System.Text;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Cluster;

/// <summary>Engines that run what they have leased from a shared store, and callers at other nodes.</summary>
public sealed class LeasedTasksTests
{
    [Fact]
    public async Task Run_AtANodeWithoutWorkers_AnotherRunsItAndTheCallerGetsItsAnswer()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.Answer = FakeAnswers.Json("""{"success":true,"result":42}""");
        await using var cluster = new ClusterHarness();
        await cluster.AddAsync("engine", worker);
        var api = await cluster.AddAsync("api");

        using var outcome = await ClusterHarness.RunAsync(api).WaitAsync(TestSignal.Guard);

        outcome.Kind.ShouldBe(TaskOutcomeKind.Succeeded, outcome.Error);
        Text(outcome).ShouldBe("""{"success":true,"result":42}""");
        outcome.Attempts.ShouldBe(1);
        outcome.TaskId.ShouldNotBe(default);
    }

    [Fact]
    public async Task Run_AtTheNodeThatRunsIt_NoReplyGoesThroughTheStore()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var cluster = new ClusterHarness();
        var node = await cluster.AddAsync("one", worker);

        using var outcome = await ClusterHarness.RunAsync(node).WaitAsync(TestSignal.Guard);

        outcome.Kind.ShouldBe(TaskOutcomeKind.Succeeded, outcome.Error);
        lock (cluster.Memory.Gate)
            cluster.Memory.QueueOf(ClusterHarness.Queue).Replies[outcome.TaskId].Reply.Reply.ShouldBeNull();
    }

    [Fact]
    public async Task Run_WorkerRefuses_TheCallerElsewhereGetsItsWords()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.AnswerNext(FakeAnswers.BadRequest);
        await using var cluster = new ClusterHarness();
        await cluster.AddAsync("engine", worker);
        var api = await cluster.AddAsync("api");

        using var outcome = await ClusterHarness.RunAsync(api).WaitAsync(TestSignal.Guard);

        outcome.Kind.ShouldBe(TaskOutcomeKind.Refused);
        outcome.WorkerStatus.ShouldBe(400);
        outcome.Error.ShouldBe("Parameter 'name' is missing");
    }

    [Fact]
    public async Task Fail_AttemptFails_TheNextAvoidsThatWorkerAndHistoryTellsOfBoth()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.AnswerNext(FakeAnswers.Failure);
        await using var cluster = new ClusterHarness();
        var node = await cluster.AddAsync("one", worker);
        var id = await ClusterHarness.SubmitAsync(node);

        var end = await cluster.EndOfAsync(id);

        end.State.ShouldBe(TaskState.Succeeded, end.Error);
        end.Attempts.Select(attempt => (attempt.Number, attempt.Worker, attempt.Error is null)).ShouldBe(
            [(1, worker.Url, false), (2, worker.Url, true)]);
        end.Attempts[1].StartedAtMilliseconds.ShouldBeGreaterThan(end.Attempts[0].EndedAtMilliseconds);
    }

    [Fact]
    public async Task Fail_AllAttemptsFail_TheTaskIsDeadWithItsHistory()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.Answer = FakeAnswers.Failure;
        await using var cluster = new ClusterHarness();
        await cluster.AddAsync("engine", worker);
        var api = await cluster.AddAsync("api");
        var run = ClusterHarness.RunAsync(api);

        using var outcome = await cluster.AdvanceUntilAsync(run);

        outcome.Kind.ShouldBe(TaskOutcomeKind.Failed);
        outcome.Error.ShouldBe("It failed");
        outcome.Attempts.ShouldBe(3);
        var task = await cluster.WaitForAsync(outcome.TaskId, task => task.State == TaskState.Dead, "dead");
        task.Attempts.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Lost_NodeIsCutOffWhileItRuns_AnotherRunsTheTaskAndTheLateResultIsDropped()
    {
        await using var first = await FakeWorker.StartAsync(new() { Slots = 1 });
        await using var second = await FakeWorker.StartAsync(new() { Slots = 1 });
        first.Answer = FakeAnswers.Held;
        await using var cluster = new ClusterHarness();
        var lost = await cluster.AddAsync("lost", first);
        var api = await cluster.AddAsync("api");
        var run = ClusterHarness.RunAsync(api);
        var late = await first.WaitForCallAsync();
        second.Answer = FakeAnswers.Json("""{"success":true,"result":"second"}""");
        await cluster.AddAsync("heir", second);

        lost.Store.Cut();
        using var outcome = await cluster.AdvanceUntilAsync(run);
        late.Release();
        lost.Store.Mend();
        await lost.Log.WaitForAsync(StaleResult);

        Text(outcome).ShouldBe("""{"success":true,"result":"second"}""");
        outcome.Attempts.ShouldBe(2);
        first.Calls.Count.ShouldBe(1);
        second.Calls.Count.ShouldBe(1);
        lost.StaleResults.ShouldBe(1);
        api.Engine.Context.Callers.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task Lost_CallerAtTheLostNode_GetsTheNewOwnersResultAlone()
    {
        await using var first = await FakeWorker.StartAsync(new() { Slots = 1 });
        await using var second = await FakeWorker.StartAsync(new() { Slots = 1 });
        first.Answer = FakeAnswers.Held;
        second.Answer = FakeAnswers.Json("""{"success":true,"result":"second"}""");
        await using var cluster = new ClusterHarness();
        var lost = await cluster.AddAsync("lost", first);
        var run = ClusterHarness.RunAsync(lost);
        var late = await first.WaitForCallAsync();
        await cluster.AddAsync("heir", second);

        lost.Store.Cut();
        var taken = second.WaitForCallAsync();
        await cluster.AdvanceUntilAsync(taken);
        late.Release();
        await cluster.Memory.WaitForAsync(
            () => cluster.Memory.QueueOf(ClusterHarness.Queue).Living.All(cell => cell.Node is null), "the end");
        run.IsCompleted.ShouldBeFalse();
        lost.Store.Mend();
        using var outcome = await cluster.AdvanceUntilAsync(run);

        Text(outcome).ShouldBe("""{"success":true,"result":"second"}""");
        await lost.Log.WaitForAsync(StaleResult);
        lost.StaleResults.ShouldBe(1);
    }

    [Fact]
    public async Task Lost_TheSameNodeGetsItsTaskAgain_TheOlderAttemptIsBrokenOff()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 2 });
        worker.AnswerNext(FakeAnswers.Held);
        await using var cluster = new ClusterHarness();
        var node = await cluster.AddAsync("one", worker);
        var api = await cluster.AddAsync("api");
        var id = await ClusterHarness.SubmitAsync(api);
        var older = await worker.WaitForCallAsync();

        node.Store.Cut();
        await cluster.TakeUpAsync(id);
        node.Store.Mend();
        var end = await cluster.EndOfAsync(id);

        await older.ClientGone.WaitAsync(TestSignal.Guard);
        end.State.ShouldBe(TaskState.Succeeded, end.Error);
        end.Attempts.Select(static attempt => attempt.Number).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task Revoke_TaskIsEndedFromElsewhere_TheCallIsBrokenOffAndTheSlotIsFree()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 1 });
        worker.AnswerNext(FakeAnswers.Hang);
        await using var cluster = new ClusterHarness();
        var node = await cluster.AddAsync("engine", worker);
        var api = await cluster.AddAsync("api");
        var id = await ClusterHarness.SubmitAsync(api);
        var call = await worker.WaitForCallAsync();

        var seen = (await api.Store.FindAsync(id, withBody: false)).Task!;
        var ended = await api.Store.GetSharedQueue(ClusterHarness.Queue).EndAsync(
            seen,
            [],
            new TaskEnd
            {
                State = TaskState.Cancelled,
                AtMilliseconds = api.Store.NowMilliseconds,
                KeptUntilMilliseconds = api.Store.NowMilliseconds + 60_000,
            });

        ended.ShouldBeTrue();
        await call.ClientGone.WaitAsync(TestSignal.Guard);
        using var next = await ClusterHarness.RunAsync(api).WaitAsync(TestSignal.Guard);
        next.Kind.ShouldBe(TaskOutcomeKind.Succeeded);
        node.StaleResults.ShouldBe(0);
        (await cluster.WaitForAsync(id, _ => true, "there")).State.ShouldBe(TaskState.Cancelled);
    }

    [Fact]
    public async Task Pause_QueueIsPaused_NothingIsLeasedUntilItResumes()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var cluster = new ClusterHarness();
        await cluster.AddAsync("engine", worker);
        var api = await cluster.AddAsync("api");
        await api.Store.RememberPauseAsync(ClusterHarness.Queue, long.MaxValue);

        var run = ClusterHarness.RunAsync(api);
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(3));
        worker.Calls.ShouldBeEmpty();
        await api.Store.RememberPauseAsync(ClusterHarness.Queue, null);

        using var outcome = await run.WaitAsync(TestSignal.Guard);
        outcome.Kind.ShouldBe(TaskOutcomeKind.Succeeded);
    }

    [Fact]
    public async Task Pause_ItsTimeIsOver_TasksGoOn()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var cluster = new ClusterHarness();
        await cluster.AddAsync("engine", worker);
        var api = await cluster.AddAsync("api");
        await api.Store.RememberPauseAsync(ClusterHarness.Queue, api.Store.NowMilliseconds + 5000);
        var run = ClusterHarness.RunAsync(api);

        await cluster.AdvanceAsync(TimeSpan.FromSeconds(4));
        worker.Calls.ShouldBeEmpty();

        using var outcome = await cluster.AdvanceUntilAsync(run);
        outcome.Kind.ShouldBe(TaskOutcomeKind.Succeeded);
    }

    [Fact]
    public async Task Delay_TaskIsDueLater_ItRunsThenAndNotBefore()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var cluster = new ClusterHarness();
        await cluster.AddAsync("engine", worker);
        var api = await cluster.AddAsync("api");
        var id = await ClusterHarness.SubmitAsync(api, delay: 4000);

        await cluster.AdvanceAsync(TimeSpan.FromSeconds(3.5));
        worker.Calls.ShouldBeEmpty();
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(1));

        await worker.WaitForCallAsync();
        (await cluster.EndOfAsync(id)).State.ShouldBe(TaskState.Succeeded);
    }

    [Fact]
    public async Task Deadline_WorkerHangs_TheCallerElsewhereIsToldAndTheCallIsEnded()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 1 });
        worker.AnswerNext(FakeAnswers.Hang);
        await using var cluster = new ClusterHarness();
        await cluster.AddAsync("engine", worker);
        var api = await cluster.AddAsync("api");
        var run = ClusterHarness.RunAsync(api, options => options with { TimeoutMilliseconds = 3000 });
        var call = await worker.WaitForCallAsync();

        using var outcome = await cluster.AdvanceUntilAsync(run);

        outcome.Kind.ShouldBe(TaskOutcomeKind.TimedOut);
        outcome.Error.ShouldBe("The task did not end within 3000 ms.");
        await call.ClientGone.WaitAsync(TestSignal.Guard);
    }

    [Fact]
    public async Task AttemptTimeout_WorkerHangs_AnotherAttemptFollows()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 1 });
        worker.AnswerNext(FakeAnswers.Hang);
        await using var cluster = new ClusterHarness();
        var node = await cluster.AddAsync("one", worker);
        var id = await ClusterHarness.SubmitAsync(node, options => options with { TimeoutMilliseconds = 2000 });
        await worker.WaitForCallAsync();

        var end = await cluster.EndOfAsync(id);

        end.State.ShouldBe(TaskState.Succeeded);
        end.Attempts[0].Error.ShouldBe("The worker gave no answer within 2000 ms.");
        node.StaleResults.ShouldBe(0);
    }

    [Fact]
    public async Task Slots_TwoNodesWithFewSlots_NoWorkerGetsMoreThanItHas()
    {
        await using var first = await FakeWorker.StartAsync(new() { Slots = 2 });
        await using var second = await FakeWorker.StartAsync(new() { Slots = 3 });
        await using var cluster = new ClusterHarness();
        await cluster.AddAsync("one", first);
        var api = await cluster.AddAsync("two", second);

        var ids = new List<TaskId>();
        for (var i = 0; i < 60; i++)
            ids.Add(await ClusterHarness.SubmitAsync(api));
        foreach (var id in ids)
            (await cluster.EndOfAsync(id)).State.ShouldBe(TaskState.Succeeded);

        first.RunningMax.ShouldBeLessThanOrEqualTo(2);
        second.RunningMax.ShouldBeLessThanOrEqualTo(3);
        (first.Calls.Count + second.Calls.Count).ShouldBe(60);
    }

    [Fact]
    public async Task Outage_StoreIsAwayWhileATaskEnds_ItsResultComesWhenTheStoreIsBack()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.AnswerNext(FakeAnswers.Held);
        await using var cluster = new ClusterHarness();
        var node = await cluster.AddAsync("one", worker);
        var run = ClusterHarness.RunAsync(node);
        var call = await worker.WaitForCallAsync();

        node.Store.Cut();
        call.Release();
        await call.Ended.WaitAsync(TestSignal.Guard);
        run.IsCompleted.ShouldBeFalse();
        node.Store.Mend();

        using var outcome = await run.WaitAsync(TestSignal.Guard);
        outcome.Kind.ShouldBe(TaskOutcomeKind.Succeeded);
        worker.Calls.Count.ShouldBe(1);
        (await ClusterHarness.RunAsync(node).WaitAsync(TestSignal.Guard)).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
    }

    private const int StaleResult = 651;

    private static string Text(TaskOutcome outcome) => Encoding.UTF8.GetString(outcome.Reply!.Body.Span);
}
