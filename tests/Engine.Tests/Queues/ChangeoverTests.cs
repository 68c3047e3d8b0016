using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Queues;

/// <summary>Tasks that change over between the living and the archive while others look for them, or while the store
/// fails.</summary>
public sealed class ChangeoverTests
{
    private static readonly IdempotencyMark Mark = new(1, 2);

    /// <summary>Questions and orders, each with what it says of a task that runs.</summary>
    public static TheoryData<string, TaskAnswerKind> Orders => new()
    {
        { "find", TaskAnswerKind.Done },
        { "follow", TaskAnswerKind.Done },
        { "cancel", TaskAnswerKind.Done },
        { "retry", TaskAnswerKind.TooLate },
        { "redeliver", TaskAnswerKind.TooLate },
        { "report", TaskAnswerKind.Stale },
    };

    [Theory]
    [MemberData(nameof(Orders))]
    public async Task Order_TaskComesBackBetweenTheLooks_MeetsTheLivingTask(string order, TaskAnswerKind expected)
    {
        await using var worker = await FakeWorker.StartAsync();
        var store = new ScriptedStore();
        await using var harness = await EngineHarness.StartAsync([worker], store: store);
        var id = await DieAsync(harness, worker);
        var looks = new TestSignal("the order to look into the archive");
        var back = new TestSignal("the task to be back");
        store.BeforeNextFind(() =>
        {
            looks.Set();
            return back.WaitAsync();
        });

        // Not among the living yet, and not in the archive any more when the look into it goes on.
        var ordered = GiveAsync(harness.Engine, order, id);
        await looks.WaitAsync();
        (await harness.Engine.RetryAsync(id)).Kind.ShouldBe(TaskAnswerKind.Done);
        await worker.WaitForCallAsync();
        back.Set();

        (await ordered.WaitAsync(TestSignal.Guard)).ShouldBe(expected);
    }

    [Fact]
    public async Task Retry_ArchiveCannotBeReadAtTheSecondLook_LeavesNothingBehind()
    {
        await using var worker = await FakeWorker.StartAsync();
        var store = new ScriptedStore();
        await using var harness = await EngineHarness.StartAsync([worker], store: store);
        var id = await DieAsync(harness, worker);
        store.BeforeNextFind(() =>
        {
            store.BeforeNextFind(static () => throw new TaskStoreException("the disk is gone"));
            return Task.CompletedTask;
        });

        var refused = await harness.Engine.RetryAsync(id);

        (refused.Kind, refused.Refusal!.Kind).ShouldBe((TaskAnswerKind.Refused, TaskOutcomeKind.Unavailable));
        var context = harness.Engine.Context;
        (context.Live.Count, context.Keys.Count, context.Gate.Tasks).ShouldBe((0, 0, 0));
        (await harness.Engine.RetryAsync(id)).Kind.ShouldBe(TaskAnswerKind.Done);
    }

    [Fact]
    public async Task Retry_LeasedBeforeItsCommitIsRefused_AKeyStillMeansThatTask()
    {
        await using var worker = await FakeWorker.StartAsync();
        var store = new ScriptedStore();
        await using var harness = await EngineHarness.StartAsync([worker], store: store);
        var id = await DieAsync(harness, worker);
        worker.AnswerNext(FakeAnswers.Held);
        var runs = new TestSignal("the task to run");
        store.AfterNextEnqueue(async () =>
        {
            await runs.WaitAsync();
            throw new TaskStoreException("the disk is full");
        });

        var retry = harness.Engine.RetryAsync(id);
        var call = await worker.WaitForCallAsync();
        runs.Set();
        (await retry).Kind.ShouldBe(TaskAnswerKind.Refused);
        var repetition = harness.Engine.SubmitAsync([Request()]).AsTask();
        call.Release();

        var receipt = (await repetition.WaitAsync(TestSignal.Guard)).ShouldHaveSingleItem();
        receipt.ShouldBe(new TaskReceipt(id, null));
    }

    [Fact]
    public async Task Retry_ItsCommitIsRefused_WhoeverWaitedFindsTheEndedTaskAtOnce()
    {
        await using var worker = await FakeWorker.StartAsync();
        var store = new ScriptedStore();
        await using var harness = await EngineHarness.StartAsync([worker], store: store);
        var id = await DieAsync(harness, worker);
        await harness.Engine.PauseAsync(new QueueKey("hello", 1), null);
        var enqueued = new TestSignal("the task to be queued");
        var refuses = new TestSignal("the commit to be refused");
        store.AfterNextEnqueue(async () =>
        {
            enqueued.Set();
            await refuses.WaitAsync();
            store.RollBack(harness.Engine.Context.Live.All.Single());
            throw new TaskStoreException("the disk is full");
        });

        var retry = harness.Engine.RetryAsync(id);
        await enqueued.WaitAsync();
        using var follower = await harness.Engine.FollowAsync(id, -1);
        var end = harness.EndOfAsync(id);
        await harness.FindAsync(id);
        refuses.Set();

        (await retry).Kind.ShouldBe(TaskAnswerKind.Refused);
        (await end).State.ShouldBe(TaskState.Dead);
        var events = await follower.Events!.ReadAllAsync().ToListAsync().AsTask().WaitAsync(TestSignal.Guard);
        events.ShouldNotContain(static happened => happened.Kind == TaskEventKind.Failed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task List_TaskEndsWhileTheArchiveIsRead_IsInTheList(bool endsBefore)
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.AnswerNext(FakeAnswers.Held);
        var store = new ScriptedStore();
        await using var harness = await EngineHarness.StartAsync([worker], store: store);
        var id = await harness.SubmitAsync();
        var call = await worker.WaitForCallAsync();
        store.AroundNextList(endsBefore ? EndAsync : Nothing, endsBefore ? Nothing : EndAsync);

        var page = await harness.Engine.ListAsync(new TaskFilter(), null, 10);

        page.Tasks.ShouldHaveSingleItem().Id.ShouldBe(id);

        static Task Nothing() => Task.CompletedTask;

        async Task EndAsync()
        {
            call.Release();
            await harness.EndOfAsync(id);
        }
    }

    private static TaskRequest Request() => EngineHarness.Request(options => options with { Idempotency = Mark });

    /// <summary>A dead task; the worker's next answers never come.</summary>
    private static async Task<TaskId> DieAsync(EngineHarness harness, FakeWorker worker)
    {
        worker.AnswerNext(FakeAnswers.BadRequest);
        var receipts = await harness.Engine.SubmitAsync([Request()]);
        await worker.WaitForCallAsync();
        (await harness.EndOfAsync(receipts[0].Id)).State.ShouldBe(TaskState.Dead);
        worker.Answer = FakeAnswers.Hang;
        return receipts[0].Id;
    }

    private static async Task<TaskAnswerKind> GiveAsync(BalancerEngine engine, string order, TaskId id) => order switch
    {
        "find" => (await engine.FindAsync(id, TimeSpan.Zero, CancellationToken.None)).Kind,
        "follow" => (await engine.FollowAsync(id, -1)).Kind,
        "cancel" => (await engine.CancelAsync(id)).Kind,
        "retry" => (await engine.RetryAsync(id)).Kind,
        "redeliver" => (await engine.RedeliverAsync(id)).Kind,
        "report" => (await engine.ReportAsync(id, 1, TaskEventKind.Progress, [])).Kind,
        _ => throw new ArgumentOutOfRangeException(nameof(order), order, "No such order."),
    };
}
