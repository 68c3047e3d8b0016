using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Redis;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage.Redis;

/// <summary>What a queue in Redis does beyond what every store does.</summary>
public sealed class RedisQueueTests(RedisFixture redis) : IClassFixture<RedisFixture>, IAsyncLifetime
{
    private readonly RedisOptions _options = redis.NewOptions() with { QueueLimit = 3000 };
    private RedisNode _a = null!;
    private RedisNode _b = null!;

    public async ValueTask InitializeAsync()
    {
        _a = await RedisNode.OpenAsync(_options, expires: Expire);
        _b = await RedisNode.OpenAsync(_options, "b", expires: Expire);
    }

    public async ValueTask DisposeAsync()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    [Fact]
    public async Task Enqueue_ByManyCallers_GoesInBatchesAndAtMostFourTripsATask()
    {
        const int callers = 64;
        const int each = 30;
        await _a.TendAsync();
        var before = _a.Store.Link.Commands;

        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => RunAsync()))
            .Guarded("the callers did not end");
        var trips = (_a.Store.Link.Commands - before) / (double)(callers * each);

        trips.ShouldBeLessThan(4);
        trips.ShouldBeLessThan(1, "batches must save most of the trips");
        TestContext.Current.SendDiagnosticMessage($"{trips:F3} trips a task");
        _a.Queue.PendingCount.ShouldBe(0);

        async Task RunAsync()
        {
            await Task.Yield();
            for (var i = 0; i < each; i++)
            {
                await _a.Queue.EnqueueAsync(NewTask());
                foreach (var task in await LeaseAsync())
                {
                    _a.Queue.NoteStarted(task, new AttemptRecord(1, "w", 1, 0, null));
                    (await _a.CompleteAsync(task)).ShouldBeTrue();
                }
            }
        }
    }

    private readonly SemaphoreSlim _leasing = new(1);

    // The owner of a queue leases alone, and what it gets is for all.
    private async Task<List<QueuedTask>> LeaseAsync()
    {
        var leased = new List<QueuedTask>();
        await _leasing.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            if (_a.Queue.PendingCount > 0)
                await _a.Queue.LeaseAsync(64, leased);
        }
        finally
        {
            _leasing.Release();
        }

        return leased;
    }

    [Fact]
    public async Task Enqueue_FullQueue_RefusesWhatDoesNotFit()
    {
        await _a.Queue.EnqueueAllAsync([.. Enumerable.Range(0, 2999).Select(_ => NewTask())]);
        QueuedTask[] tasks = [NewTask(), NewTask()];

        (await Should.ThrowAsync<TaskQueueFullException>(async () => await _a.Queue.EnqueueAsync(tasks)))
            .Message.ShouldContain("3000");

        tasks[0].Sequence.ShouldBeGreaterThan(0, "it did fit");
        tasks[1].Sequence.ShouldBe(0);
        _a.Queue.PendingCount.ShouldBe(3000);
        await _a.CompleteAsync(await _a.LeaseAsync());
        await _b.Queue.EnqueueAsync(tasks[1]);
    }

    [Fact]
    public async Task Enqueue_TaskThatIsThere_DoesNothing()
    {
        var task = NewTask();
        await _a.Queue.EnqueueAsync(task);
        await _b.Queue.EnqueueAsync(Again(task));
        _b.Queue.PendingCount.ShouldBe(1);

        var leased = await _a.LeaseAsync();
        await _b.Queue.EnqueueAsync(Again(task));
        _b.Queue.PendingCount.ShouldBe(0);
        await _a.CompleteAsync(leased, TaskEnd.Forgotten(TaskState.Succeeded) with { KeptUntilMilliseconds = 0 });
        await _b.Queue.EnqueueAsync(Again(task));
        _b.Queue.PendingCount.ShouldBe(0, "it has been there");

        static QueuedTask Again(QueuedTask task) => new()
        {
            Id = task.Id,
            Queue = task.Queue,
            Function = task.Function,
            Priority = 1,
            CreatedAtMilliseconds = 1,
            Durability = TaskDurability.Committed,
            Body = [],
            BodyBytes = 0,
        };
    }

    [Fact]
    public async Task Enqueue_AtOneNode_WakesTheOther()
    {
        var queue = _b.Queue;
        await _a.Queue.EnqueueAllAsync(NewTask(), NewTask());

        await RedisNode.UntilAsync(() => queue.PendingCount == 2, "the other node does not know");
        _b.Woken.ShouldContain(Mail);
    }

    [Fact]
    public async Task Pause_AtOneNode_StopsLeasesOfAll()
    {
        var queue = _b.Queue;
        await _b.TendAsync();
        await _a.Queue.EnqueueAsync(NewTask());
        var until = _a.Now + 60_000;

        await _a.Store.RememberPauseAsync(Mail, until);

        (await queue.LeaseAsync(1, new List<QueuedTask>())).ShouldBe(0);
        queue.PausedUntilMilliseconds.ShouldBe(until);
        queue.PendingCount.ShouldBe(1);
        await _a.Store.RememberPauseAsync(Mail, long.MaxValue);
        await RedisNode.UntilAsync(() => queue.PausedUntilMilliseconds == long.MaxValue, "the pause was not told");
        await using var c = await RedisNode.OpenAsync(_options, "c");
        await _a.Store.RememberPauseAsync(Mail, null);
        await RedisNode.UntilAsync(() => queue.PausedUntilMilliseconds is null, "the end of it was not told");
        await _b.LeaseAsync();
    }

    [Fact]
    public async Task Drain_AtOneNode_IsKnownToAll()
    {
        var told = new System.Collections.Concurrent.ConcurrentQueue<string>();
        _b.Shared.News = _b.Shared.News with { WorkerTold = told.Enqueue };

        await _a.Store.RememberDrainAsync("http://w:1", true);
        await _a.Store.RememberDrainAsync("http://w:2", true);
        await _a.Store.RememberDrainAsync("http://w:2", false);

        await RedisNode.UntilAsync(() => told.Count == 3, "the drains were not told");
        told.ShouldBe(["http://w:1", "http://w:2", "http://w:2"]);
        (await _b.Shared.ReadDrainsAsync()).ShouldBe(["http://w:1"]);
        await using var store = new RedisTaskStore(
            _options, "d", BalancerKey, TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        (await store.OpenAsync(TestContext.Current.CancellationToken)).Drains.ShouldBe(["http://w:1"]);
    }

    [Fact]
    public async Task Open_AfterOthers_KnowsQueuesFunctionsAndPauses()
    {
        _a.Store.RememberFunctions(Mail, ["send", "sort"]);
        _a.Store.RememberFunctions(Mail, ["send"]);
        await _a.Store.RememberPauseAsync(Print, 5_000_000_000_000);
        await RedisNode.UntilAsync(async () => await FunctionsAsync() == 2, "the functions were not written");
        await RedisNode.UntilAsync(
            () => _b.Shared.Queues.Contains(Mail) && _b.Shared.Queues.Contains(Print), "the queues were not told");

        await using var store = new RedisTaskStore(
            _options, "c", BalancerKey, TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        var content = await store.OpenAsync(TestContext.Current.CancellationToken);

        content.Functions[Mail].ShouldBe(["send", "sort"], ignoreOrder: true);
        content.Pauses.ShouldBe(new Dictionary<QueueKey, long> { [Print] = 5_000_000_000_000 });
        ((ISharedTaskStore)store).Queues.ShouldBe([Mail, Print], ignoreOrder: true);

        async Task<int> FunctionsAsync() => (int)await _a.Store.Link.AskAsync(
            database => database.SetLengthAsync(_a.Store.Keys.Functions(Mail)));
    }

    [Fact]
    public async Task Tend_TaskThatOutlivedItsTime_EndsAsItsEngineSaysAndTellsItsCaller()
    {
        var task = NewTimedTask(_a.Name, _a.Now, 50);
        await _a.Queue.EnqueueAsync(task);
        await _a.Queue.EnqueueAsync(NewTimedTask(null, _a.Now, 60_000));
        await RedisNode.UntilAsync(() => _a.Now > task.CreatedAtMilliseconds + 60, "time stands still");

        await _a.TendAsync();

        var (found, _) = await _a.Store.Archive.FindAsync(task.Id, false);
        found.ShouldNotBeNull().Snapshot.State.ShouldBe(TaskState.Expired);
        found.Snapshot.Error.ShouldBe("too late");
        await RedisNode.UntilAsync(() => !_a.Replies.IsEmpty, "the caller was not told");
        _a.Replies.ShouldHaveSingleItem().Reply.State.ShouldBe(TaskState.Expired);
        _a.Queue.PendingCount.ShouldBe(1);
        (await _a.Queue.LeaseSomeAsync(5)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Lease_TaskThatOutlivedItsTime_IsNotRunAndExpiresLater()
    {
        await _a.TendAsync();
        var task = NewTimedTask(null, _a.Now, 20);
        await _a.Queue.EnqueueAsync(task);
        await RedisNode.UntilAsync(() => _a.Now > task.CreatedAtMilliseconds + 30, "time stands still");

        (await _a.Queue.LeaseAsync(5, new List<QueuedTask>())).ShouldBe(0);
        await _b.Queue.TendAsync(0);

        (await _a.Store.Archive.FindAsync(task.Id, false)).Task.ShouldNotBeNull().Snapshot.State
            .ShouldBe(TaskState.Expired);
    }

    [Fact]
    public async Task Tend_TaskThatStartedInTime_DoesNotExpire()
    {
        var task = NewTimedTask(null, _a.Now, 200);
        await _a.Queue.EnqueueAsync(task);
        var leased = await _a.LeaseAsync();
        await _a.Queue.RetryAsync(leased, leased.LeaseToken, 0, countAttempt: true);
        await RedisNode.UntilAsync(() => _a.Now > task.CreatedAtMilliseconds + 210, "time stands still");

        await _b.TendAsync();

        (await _a.LeaseAsync()).Attempt.ShouldBe(2);
    }

    [Fact]
    public async Task Tend_DueTask_IsPendingAndWakes()
    {
        await _a.Queue.EnqueueAsync(NewTask(due: _a.Now + 30));
        _a.Queue.NextDueMilliseconds.ShouldNotBeNull();
        await RedisNode.UntilAsync(
            async () =>
            {
                await _b.TendAsync();
                return _b.Queue.PendingCount == 1;
            },
            "it was not promoted");
        _b.Queue.NextDueMilliseconds.ShouldBeNull();
        _b.Queue.OldestCreatedAtMilliseconds.ShouldBe(1_900_000_000_000);
        (await _b.LeaseAsync()).Attempt.ShouldBe(1);
    }

    [Fact]
    public async Task NoteStarted_RunningTask_IsSeenByAll()
    {
        await _a.Queue.EnqueueAsync(NewTask());
        var leased = await _a.LeaseAsync();
        (await _b.Shared.WatchAsync(leased.Id)).ShouldBeTrue();

        _a.Queue.NoteStarted(leased, new AttemptRecord(1, "http://w:1", 77, 0, null));

        await RedisNode.UntilAsync(() => !_b.Changed.IsEmpty && !_a.Changed.IsEmpty, "nobody was told");
        var seen = (await _b.Shared.FindAsync(leased.Id, false)).Task.ShouldNotBeNull();
        seen.Task.Snapshot.Attempts.ShouldHaveSingleItem().ShouldBe(new AttemptRecord(1, "http://w:1", 77, 0, null));
        seen.Task.Snapshot.StartedAtMilliseconds.ShouldBe(77);
    }

    [Fact]
    public async Task Report_ByTheRunningAttempt_KeepsTheNewest()
    {
        await _a.Queue.EnqueueAsync(NewTask());
        var leased = await _a.LeaseAsync();
        var data = new byte[100 * 1024];

        for (var i = 0; i < 5; i++)
        {
            (await _b.Queue.ReportAsync(
                leased.Id, leased.LeaseToken, new TaskEvent(i, TaskEventKind.Chunk, i, i == 0 ? null : data)))
                .ShouldBeTrue();
        }

        (await _b.Queue.ReportAsync(leased.Id, 1, new TaskEvent(9, TaskEventKind.Chunk, 9, null))).ShouldBeFalse();
        await _a.CompleteAsync(leased, Kept());
        (await _b.Queue.ReportAsync(leased.Id, leased.LeaseToken, new TaskEvent(9, TaskEventKind.Chunk, 9, null)))
            .ShouldBeFalse();
        (await _a.Store.Archive.FindAsync(leased.Id, false)).Task.ShouldNotBeNull()
            .Events.Select(told => told.Id).ShouldBe([3, 4]);
    }

    [Fact]
    public async Task TakeDeliveries_DueOnes_AreOneNodesUntilThen()
    {
        var task = NewTask();
        await _a.Queue.EnqueueAsync(task);
        await _a.CompleteAsync(await _a.LeaseAsync(), Kept() with { HasDelivery = true });
        (await _b.Queue.TakeDeliveriesAsync(10, _b.Now, _b.Now + 1)).ShouldBeEmpty("who ran it delivers it");
        var now = _a.Now + 61_000;

        (await _a.Queue.TakeDeliveriesAsync(10, now, now + 1000)).ShouldBe([new PendingDelivery(task.Id, 0, 0)]);
        (await _b.Queue.TakeDeliveriesAsync(10, now + 999, now + 2000)).ShouldBeEmpty();

        var again = new WebhookDelivery(WebhookDeliveryState.Pending, 1, now + 5000, 503, "busy");
        await _a.Store.Archive.SaveDeliveryAsync(task.Id, again, 0);
        (await _b.Queue.TakeDeliveriesAsync(10, now + 5999, now + 9000)).ShouldBeEmpty();
        (await _b.Queue.TakeDeliveriesAsync(10, now + 6000, now + 9000))
            .ShouldBe([new PendingDelivery(task.Id, 1, now + 5000)]);
        await _b.Store.Archive.SaveDeliveryAsync(
            task.Id, new WebhookDelivery(WebhookDeliveryState.Delivered, 2, 0, 200, null), now + 9000);
        (await _a.Queue.TakeDeliveriesAsync(10, now + 90_000, now + 99_000)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Send_ToAnotherLife_ComesInOrder()
    {
        for (byte i = 0; i < 50; i++)
            await _a.Shared.SendAsync(_b.Name, new byte[] { i, 1 });

        await RedisNode.UntilAsync(() => _b.Messages.Count == 50, "they did not come");
        _b.Messages.Select(message => (int)message[0]).ShouldBe(Enumerable.Range(0, 50));
        _a.Messages.ShouldBeEmpty();
        await Should.ThrowAsync<ArgumentOutOfRangeException>(
            async () => await _a.Shared.SendAsync(_b.Name, new byte[(1 << 20) + 1]));
    }

    [Fact]
    public async Task Lease_SecretsOfATask_LieSealedAndOpenAtOtherNodes()
    {
        var webhook = new WebhookAddress("http://hook", [new("X-Secret", "s3cret")]);
        await _a.Queue.EnqueueAsync(NewTask(
            workerKey: "w0rkerkey", options: new TaskOptions { Mode = TaskMode.Webhook, Webhook = webhook }));
        var id = (await _a.Shared.ListAsync(new TaskFilter(), null, 1))[0].Id;
        var lies = await _a.Store.Link.AskAsync(
            database => database.HashGetAllAsync(_a.Store.Keys.Of(Mail).Task(id)));
        var text = string.Concat(lies.Select(entry => (string?)entry.Value));

        var leased = await _b.LeaseAsync();

        text.ShouldNotContain("s3cret");
        text.ShouldNotContain("w0rkerkey");
        leased.WorkerKey.ShouldBe("w0rkerkey");
        leased.Options.Webhook.ShouldNotBeNull().Headers.ShouldHaveSingleItem().Value.ShouldBe("s3cret");
    }

    [Fact]
    public async Task Scripts_ForgottenByTheServer_AreLoadedAgain()
    {
        await _a.Queue.EnqueueAsync(NewTask());
        (await redis.Server.CommandAsync("SCRIPT", "FLUSH")).ShouldBe("+OK");

        var leased = await _a.LeaseAsync();
        (await redis.Server.CommandAsync("SCRIPT", "FLUSH")).ShouldBe("+OK");

        (await _a.CompleteAsync(leased)).ShouldBeTrue();
    }

    private static QueuedTask NewTimedTask(string? caller, long now, long life) => new()
    {
        Id = new TaskId(Guid.CreateVersion7()),
        Queue = Mail,
        Function = "send",
        Priority = 1,
        CreatedAtMilliseconds = now,
        Durability = TaskDurability.Committed,
        Body = [1],
        BodyBytes = 1,
        Caller = caller,
        Options = new TaskOptions { TimeToLiveMilliseconds = life },
    };

    private static TaskEnd Expire(QueuedTask task, long now) => new()
    {
        State = TaskState.Expired,
        AtMilliseconds = now,
        KeptUntilMilliseconds = now + 60_000,
        Error = "too late",
        Reply = [1],
    };

    private static TaskEnd Kept() => new()
    {
        State = TaskState.Succeeded,
        AtMilliseconds = 1,
        KeptUntilMilliseconds = 5_000_000_000_000,
    };
}
