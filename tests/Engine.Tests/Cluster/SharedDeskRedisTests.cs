using ActorBalancer.Engine.Cluster;
using ActorBalancer.Engine.Queues;
using ActorBalancer.Engine.Storage.Redis;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Tests.Storage.Redis;
using ActorBalancer.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Cluster;

/// <summary>The same desk on a real Redis and the real clock: two nodes with desks, and one that runs tasks.</summary>
public sealed class SharedDeskRedisTests(RedisFixture fixture) : IClassFixture<RedisFixture>, IAsyncLifetime
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly RedisOptions _options = fixture.NewOptions() with { LeaseTime = Hour };
    private readonly List<RedisTaskStore> _stores = [];
    private readonly List<EngineContext> _contexts = [];
    private readonly TestSignal _revoked = new("the lease to be revoked");
    private SharedDesk _a = null!;
    private SharedDesk _b = null!;
    private ISharedTaskStore _runner = null!;

    private ISharedTaskQueue Queue => _runner.GetSharedQueue(SharedDeskHarness.Key);

    public async ValueTask InitializeAsync()
    {
        _a = await AddDeskAsync("a");
        _b = await AddDeskAsync("b");
        _runner = AddStore("runner");
        _runner.News = _runner.News with { LeaseRevoked = (_, _) => _revoked.Set() };
        await _runner.OpenAsync(CancellationToken.None);
        await Queue.TendAsync(_runner.NowMilliseconds + (long)Hour.TotalMilliseconds);
    }

    public async ValueTask DisposeAsync()
    {
        _a.Close();
        _b.Close();
        foreach (var store in _stores)
            await store.DisposeAsync();
        _a.AnswerRest();
        _b.AnswerRest();
        foreach (var context in _contexts)
            context.Transport.Dispose();
    }

    [Theory]
    [InlineData(10)]
    [InlineData(500_000)]
    public async Task Run_AnotherNodeSucceeds_CallerGetsItsReply(int size)
    {
        var result = "\"" + new string('x', size) + "\"";

        var running = RunAsync(_a);
        (await SucceedAsync(await LeaseAsync(), result)).ShouldBeTrue();

        using var outcome = await SharedDeskHarness.WaitAsync(running);
        outcome.Kind.ShouldBe(TaskOutcomeKind.Succeeded);
        SharedDeskHarness.TextOf(outcome).ShouldBe(result);
    }

    [Fact]
    public async Task Run_TimeIsOver_WaitingAndRunningTasksAreEnded()
    {
        var runs = RunAsync(_a, static options => options with { TimeoutMilliseconds = 1000 });
        var task = await LeaseAsync();
        var waits = RunAsync(_a, static options => options with { TimeoutMilliseconds = 1000 });

        (await SharedDeskHarness.WaitAsync(runs)).Error.ShouldBe("The task did not end within 1000 ms.");
        (await SharedDeskHarness.WaitAsync(waits)).Error.ShouldBe("The task found no free slot within 1000 ms.");

        await _revoked.WaitAsync();
        (await SucceedAsync(task, "{}")).ShouldBeFalse();
        (await Queue.LeaseAsync(1, [])).ShouldBe(0);
    }

    [Fact]
    public async Task Cancel_AtAnotherNode_CallerHearsOfIt()
    {
        var running = RunAsync(_a);
        var task = await LeaseAsync();

        (await _b.CancelAsync(task.Id)).Kind.ShouldBe(TaskAnswerKind.Done);

        (await SharedDeskHarness.WaitAsync(running)).Kind.ShouldBe(TaskOutcomeKind.Cancelled);
        (await _b.CancelAsync(task.Id)).Kind.ShouldBe(TaskAnswerKind.Gone);
    }

    [Fact]
    public async Task Run_SameKeyAtTwoNodes_RunsOnceAndAllGetTheSame()
    {
        var callers = Enumerable.Range(0, 10)
            .Select(i => RunAsync(
                i % 2 == 0 ? _a : _b, static options => options with { Idempotency = SharedDeskHarness.Mark() }))
            .ToArray();

        var task = await LeaseAsync();
        await SucceedAsync(task, "{\"once\":1}");

        foreach (var outcome in await SharedDeskHarness.WaitAsync(Task.WhenAll(callers)))
        {
            outcome.TaskId.ShouldBe(task.Id);
            SharedDeskHarness.TextOf(outcome).ShouldBe("{\"once\":1}");
            outcome.Dispose();
        }

        (await Queue.LeaseAsync(1, [])).ShouldBe(0);
    }

    [Fact]
    public async Task FollowAndFind_AtAnotherNode_SeeEveryStep()
    {
        var receipts = await _a.SubmitAsync(
            [SharedDeskHarness.Request(static options => options with { Mode = TaskMode.Async })]);
        var id = receipts[0].Id;
        using var follower = await _b.FollowAsync(id, -1);
        var finding = _b.FindAsync(id, Hour, CancellationToken.None).AsTask();
        (await NextAsync(follower)).Kind.ShouldBe(TaskEventKind.Queued);

        var task = await LeaseAsync();
        (await NextAsync(follower)).Kind.ShouldBe(TaskEventKind.Started);
        (await _a.ReportAsync(id, task.LeaseToken, TaskEventKind.Progress, "50"u8.ToArray())).Kind
            .ShouldBe(TaskAnswerKind.Done);
        (await NextAsync(follower)).Kind.ShouldBe(TaskEventKind.Progress);
        await SucceedAsync(task, "{}");

        (await NextAsync(follower)).Kind.ShouldBe(TaskEventKind.Completed);
        (await SharedDeskHarness.WaitAsync(finding)).Task!.State.ShouldBe(TaskState.Succeeded);
        (await _b.RetryAsync(id)).Kind.ShouldBe(TaskAnswerKind.TooLate);
        (await _b.PurgeAsync(new TaskFilter { State = TaskState.Succeeded })).ShouldBeGreaterThan(0);
        (await _b.FindAsync(id, TimeSpan.Zero, CancellationToken.None)).Kind.ShouldBe(TaskAnswerKind.Gone);
    }

    [Fact]
    public async Task Retry_DeadTask_RunsAgain()
    {
        var receipts = await _a.SubmitAsync(
            [SharedDeskHarness.Request(static options => options with { Mode = TaskMode.Async })]);
        await EndAsync(
            await LeaseAsync(), TaskState.Dead, Outcomes.Failed("It failed", 1, timedOut: false));

        (await _b.RetryAsync(receipts[0].Id)).Kind.ShouldBe(TaskAnswerKind.Done);

        var again = await LeaseAsync();
        again.Id.ShouldBe(receipts[0].Id);
        again.Attempt.ShouldBe(2);
        (await SucceedAsync(again, "{}")).ShouldBeTrue();
    }

    [Fact]
    public async Task CancelAll_TenThousandTasks_AreCancelledAtAnotherNode()
    {
        const int Count = 10_000;
        foreach (var part in Enumerable.Range(0, Count).Chunk(1000))
        {
            await _a.SubmitAsync([.. part.Select(static _ => SharedDeskHarness.Request(
                static options => options with { Mode = TaskMode.Async }))]);
        }

        var running = await LeaseAsync();

        (await _b.CancelAllAsync(new TaskFilter { State = TaskState.Queued })).ShouldBe(Count - 1);

        (await _b.CancelAllAsync(new TaskFilter { State = TaskState.Queued })).ShouldBe(0);
        (await Queue.LeaseAsync(1, [])).ShouldBe(0);
        (await _a.FindInputAsync(running.Id)).Body.ShouldBe("{}"u8.ToArray());
        (await SucceedAsync(running, "{}")).ShouldBeTrue();
    }

    private static Task<TaskOutcome> RunAsync(SharedDesk desk, Func<TaskOptions, TaskOptions>? change = null) =>
        desk.RunAsync(SharedDeskHarness.Request(change), CancellationToken.None).AsTask();

    private static Task<TaskEvent> NextAsync(TaskFollower follower) =>
        SharedDeskHarness.WaitAsync(follower.Events!.ReadAsync().AsTask());

    [Fact]
    public async Task Submit_QueueHoldsAPartOnly_EachReceiptIsTrue()
    {
        var desk = await AddDeskAsync("small", fixture.NewOptions() with { LeaseTime = Hour, QueueLimit = 3 });

        var receipts = await desk.SubmitAsync([.. Enumerable.Range(0, 5).Select(static _ => SharedDeskHarness.Request(
            static options => options with { Mode = TaskMode.Async }))]);

        receipts.Select(static receipt => receipt.Refusal?.Kind).ShouldBe(
            [null, null, null, TaskOutcomeKind.QueueFull, TaskOutcomeKind.QueueFull]);
        foreach (var receipt in receipts.Take(3))
            (await desk.FindAsync(receipt.Id, TimeSpan.Zero, CancellationToken.None)).Task.ShouldNotBeNull();
        desk.Close();
    }

    private RedisTaskStore AddStore(string name, RedisOptions? options = null)
    {
        var store = new RedisTaskStore(options ?? _options, name, "key", TimeProvider.System, NullLogger.Instance);
        _stores.Add(store);
        return store;
    }

    private async Task<SharedDesk> AddDeskAsync(string name, RedisOptions? options = null)
    {
        ISharedTaskStore store = AddStore(name, options);
        var context = SharedDeskHarness.ContextOf(store, name, TimeProvider.System);
        _contexts.Add(context);
        var desk = new SharedDesk(
            context, store, new TaskIdSource(context.Clock), static (_, _) => new ValueTask<string?>((string?)null));
        await store.OpenAsync(CancellationToken.None);
        context.Clock.Follow(() => store.NowMilliseconds);
        SharedDeskHarness.Serve(context, isServing: true, "hello");
        desk.Open();
        return desk;
    }

    // Polls with a guard: the task is on its way to Redis.
    private async Task<QueuedTask> LeaseAsync()
    {
        var leased = new List<QueuedTask>();
        var until = TimeProvider.System.GetTimestamp();
        while (await Queue.LeaseAsync(1, leased) == 0)
        {
            if (TimeProvider.System.GetElapsedTime(until) > TestSignal.Guard)
                throw new TimeoutException("There is nothing to lease.");
            await Task.Delay(1);
        }

        var task = leased[0];
        var started = new AttemptRecord(task.Attempt, "http://worker", _runner.NowMilliseconds, 0, null);
        task.Attachment = started;
        Queue.NoteStarted(task, started);
        return task;
    }

    private Task<bool> SucceedAsync(QueuedTask task, string result) =>
        EndAsync(task, TaskState.Succeeded, SharedDeskHarness.Success(result, task.Attempt));

    private async Task<bool> EndAsync(QueuedTask task, TaskState state, TaskOutcome outcome)
    {
        var now = _runner.NowMilliseconds + 1;
        task.History =
        [
            .. task.History ?? [],
            ((AttemptRecord)task.Attachment!) with { EndedAtMilliseconds = now, Error = outcome.Error },
        ];
        var end = Ends.Of(_contexts[0].Options, task, state, outcome, now, null);
        return await Queue.CompleteAsync(
            task, task.LeaseToken, end with { Reply = OutcomeWire.Encode(outcome) });
    }
}
