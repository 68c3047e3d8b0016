using ActorBalancer.Engine.Storage.Redis;
using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage.Redis;

/// <summary>Two nodes on one Redis: who has a task, and who no longer.</summary>
public sealed class RedisLeaseTests(RedisFixture redis) : IClassFixture<RedisFixture>, IAsyncLifetime
{
    private readonly RedisOptions _options = redis.NewOptions();
    private RedisNode _a = null!;
    private RedisNode _b = null!;

    private string Meta => new RedisKeys(_options.Prefix).Of(Mail).Meta;

    public async ValueTask InitializeAsync()
    {
        _a = await RedisNode.OpenAsync(_options);
        _b = await RedisNode.OpenAsync(_options, "b");
    }

    public async ValueTask DisposeAsync()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    [Fact]
    public async Task Open_EachLife_HasANameOfItsOwn()
    {
        await using var again = await RedisNode.OpenAsync(_options);

        _a.Name.ShouldStartWith("a.");
        new[] { _a.Name, _b.Name, again.Name }.ShouldBeUnique();
    }

    [Fact]
    public async Task Counts_TasksThatWaitForAKeyOrAnotherAttempt_AreQueuedAndRetryingAtAllNodes()
    {
        QueuedTask Keyed() => NewTask(options: new TaskOptions { OrderingKey = "k" });
        await _a.TendAsync();
        await _a.Queue.EnqueueAllAsync(Keyed(), Keyed(), Keyed(), NewTask(due: _a.Now + 1_000_000));
        var first = await _a.LeaseAsync();
        await ShouldCountAsync(queued: 2, scheduled: 1, retrying: 0, running: 1);

        (await _a.Queue.RetryAsync(first, first.LeaseToken, _a.Now + 60_000, countAttempt: true)).ShouldBeTrue();
        await ShouldCountAsync(queued: 2, scheduled: 1, retrying: 1, running: 0);

        (await _a.Queue.PromoteDueAsync(_a.Now + 60_001)).ShouldBe(1);
        await ShouldCountAsync(queued: 3, scheduled: 1, retrying: 0, running: 0);

        first = await _a.LeaseAsync();
        await _a.Queue.RetryAsync(first, first.LeaseToken, _a.Now + 60_000, countAttempt: true);
        (await _a.Queue.RemoveAsync(first, TaskEnd.Forgotten(TaskState.Cancelled))).ShouldBeTrue();
        await ShouldCountAsync(queued: 2, scheduled: 1, retrying: 0, running: 0);

        (await _a.Queue.PromoteDueAsync(_a.Now + 1_000_001)).ShouldBe(1);
        await ShouldCountAsync(queued: 3, scheduled: 0, retrying: 0, running: 0);
    }

    [Fact]
    public async Task Counts_ARetryThatWasNotCounted_NeitherShowsNorStays()
    {
        await _a.TendAsync();
        await _a.Queue.EnqueueAllAsync(NewTask(), NewTask());
        var first = await _a.LeaseAsync();
        await _a.Queue.RetryAsync(first, first.LeaseToken, _a.Now + 60_000, countAttempt: true);
        await redis.Server.CommandAsync("HSET", Meta, "retrying", "-5");
        await ShouldCountAsync(queued: 1, scheduled: 1, retrying: 0, running: 0);

        await _a.Queue.PromoteDueAsync(_a.Now + 60_001);
        var next = await _a.LeaseAsync();
        await _a.Queue.RetryAsync(next, next.LeaseToken, _a.Now + 60_000, countAttempt: true);
        await ShouldCountAsync(queued: 1, scheduled: 0, retrying: 1, running: 0);
    }

    [Fact]
    public async Task Tend_NodeWhoseLeasesRanOut_ItsTasksComeBackWithTheLostAttempt()
    {
        await _b.TendAsync();
        await _a.Queue.EnqueueAsync(NewTask(body: "x"));
        await _a.TendAsync(300);
        var lost = await _a.LeaseAsync();
        _a.Queue.NoteStarted(lost, new AttemptRecord(1, "http://w", 5, 0, null));

        (await _b.TendAsync()).ShouldBe(0);
        await RedisNode.UntilAsync(async () => await _b.TendAsync() == 1, "the task did not come back");

        var taken = await _b.LeaseAsync();
        taken.Id.ShouldBe(lost.Id);
        (taken.Attempt, taken.BodyText(), taken.Sequence).ShouldBe((2, "x", lost.Sequence));
        taken.LeaseToken.ShouldBeGreaterThan(lost.LeaseToken);
        var attempt = taken.History.ShouldNotBeNull().ShouldHaveSingleItem();
        (attempt.Number, attempt.Worker, attempt.StartedAtMilliseconds).ShouldBe((1, "http://w", 5));
        attempt.Error.ShouldBe("The node that ran it is gone.");
        attempt.EndedAtMilliseconds.ShouldBeGreaterThan(0);
        (await _a.CompleteAsync(lost)).ShouldBeFalse();
        (await _a.Queue.RetryAsync(lost, lost.LeaseToken, 0, countAttempt: true)).ShouldBeFalse();
        (await _b.CompleteAsync(taken)).ShouldBeTrue();
    }

    [Fact]
    public async Task Tend_NodeThatRenews_KeepsItsTasks()
    {
        await _a.Queue.EnqueueAsync(NewTask());
        await _a.TendAsync(200);
        var leased = await _a.LeaseAsync();
        var end = _a.Now + 600;
        while (_a.Now < end)
        {
            await _a.TendAsync(2000);
            (await _b.TendAsync(2000)).ShouldBe(0);
        }

        (await _a.CompleteAsync(leased)).ShouldBeTrue();
    }

    [Fact]
    public async Task Tend_NobodyTendedForLong_WhoLivesMaySaySoFirst()
    {
        await _a.Queue.EnqueueAsync(NewTask());
        await _a.TendAsync(100);
        var leased = await _a.LeaseAsync();
        var end = _a.Now + 150;
        await RedisNode.UntilAsync(() => _a.Now > end, "time stands still");
        await redis.Server.CommandAsync("HSET", Meta, "tended", (_b.Now - 60_000).ToString());

        (await _b.TendAsync()).ShouldBe(0);
        (await _a.TendAsync()).ShouldBe(0);
        (await _b.TendAsync()).ShouldBe(0);

        (await _a.CompleteAsync(leased)).ShouldBeTrue();
    }

    [Fact]
    public async Task Tend_EarlierLifeOfTheSameNode_IsOverAtOnce()
    {
        await _a.Queue.EnqueueAsync(NewTask());
        await _a.TendAsync();
        var lost = await _a.LeaseAsync();
        await using var again = await RedisNode.OpenAsync(_options);

        (await again.TendAsync()).ShouldBe(1);

        (await again.LeaseAsync()).Id.ShouldBe(lost.Id);
        (await _a.CompleteAsync(lost)).ShouldBeFalse();
    }

    [Fact]
    public async Task Lease_AfterTheNodesLeasesRanOut_GivesNothingUntilTheyAreRenewed()
    {
        await _a.TendAsync(100);
        var end = _a.Now + 150;
        await RedisNode.UntilAsync(() => _a.Now > end, "time stands still");
        await _a.Queue.EnqueueAsync(NewTask());

        var leased = new List<QueuedTask>();
        (await _a.Queue.LeaseAsync(1, leased)).ShouldBe(0);
        _a.Queue.PendingCount.ShouldBe(0, "it must not be asked again before that");

        await _a.TendAsync();
        _a.Queue.PendingCount.ShouldBe(1);
        (await _a.Queue.LeaseAsync(1, leased)).ShouldBe(1);
    }

    [Fact]
    public async Task Lease_TwoNodesAtOnce_NoTaskTwice()
    {
        var tasks = Enumerable.Range(0, 2000).Select(_ => NewTask()).ToArray();
        await Task.WhenAll(
            _a.Queue.EnqueueAllAsync(tasks[..1000]), _b.Queue.EnqueueAllAsync(tasks[1000..]));

        var leased = await Task.WhenAll(LeaseAllAsync(_a), LeaseAllAsync(_b));

        leased.SelectMany(some => some).Select(task => task.Id)
            .ShouldBe(tasks.Select(task => task.Id), ignoreOrder: true);
        leased.SelectMany(some => some).Select(task => task.LeaseToken).ShouldBeUnique();
        await _a.TendAsync();
        _a.Queue.RunningCount.ShouldBe(2000);

        static async Task<List<QueuedTask>> LeaseAllAsync(RedisNode node)
        {
            var leased = new List<QueuedTask>();
            await node.TendAsync();
            while (await node.Queue.LeaseAsync(17, leased) > 0 || node.Queue.PendingCount > 0)
            {
            }

            return leased;
        }
    }

    [Fact]
    public async Task Leave_WithRunningTasks_GivesThemBackUncounted()
    {
        await _a.Queue.EnqueueAllAsync(NewTask(), NewTask());
        var leased = await _a.Queue.LeaseSomeAsync(2);

        await _a.Queue.LeaveAsync();

        (await _a.Queue.LeaseAsync(1, new List<QueuedTask>())).ShouldBe(0);
        (await _a.CompleteAsync(leased[0])).ShouldBeFalse();
        await _b.TendAsync();
        var taken = await _b.Queue.LeaseSomeAsync(2);
        taken.Select(task => (task.Id, task.Attempt)).ShouldBe(leased.Select(task => (task.Id, 1)));
        taken.ShouldAllBe(task => task.History == null);
    }

    [Fact]
    public async Task Tend_OrderingKeyOfALostTask_StaysItsOwn()
    {
        var options = new TaskOptions { OrderingKey = "k" };
        await _b.TendAsync();
        await _a.Queue.EnqueueAllAsync(NewTask(options: options), NewTask(options: options));
        await _a.TendAsync(100);
        var lost = await _a.LeaseAsync();
        await RedisNode.UntilAsync(async () => await _b.TendAsync() == 1, "the task did not come back");

        var taken = await _b.Queue.LeaseSomeAsync(5);
        taken.ShouldHaveSingleItem().Id.ShouldBe(lost.Id);
        (await _b.CompleteAsync(taken[0])).ShouldBeTrue();
        (await _b.Queue.LeaseSomeAsync(5)).ShouldHaveSingleItem().Id.ShouldNotBe(lost.Id);
    }

    [Fact]
    public async Task End_RunningTaskOfAnotherNode_RevokesItsLeaseAndTellsItsCaller()
    {
        var task = Called(_a.Name);
        await _a.Queue.EnqueueAsync(task);
        var leased = await _b.LeaseAsync();
        await using var c = await RedisNode.OpenAsync(_options, "c");
        var seen = (await c.Shared.FindAsync(task.Id, false)).Task.ShouldNotBeNull();
        (seen.Runner, seen.Caller, seen.LeaseToken).ShouldBe((_b.Name, _a.Name, leased.LeaseToken));

        (await c.Queue.EndAsync(seen with { LeaseToken = 1 }, [], Cancelled())).ShouldBeFalse();
        (await c.Queue.EndAsync(seen, [], Cancelled())).ShouldBeTrue();
        (await c.Queue.EndAsync(seen, [], Cancelled())).ShouldBeFalse();

        await RedisNode.UntilAsync(() => !_b.Revoked.IsEmpty && !_a.Replies.IsEmpty, "nobody was told");
        _b.Revoked.ShouldHaveSingleItem().ShouldBe((task.Id, leased.LeaseToken));
        var (id, reply) = _a.Replies.ShouldHaveSingleItem();
        (id, reply.State).ShouldBe((task.Id, TaskState.Cancelled));
        reply.Reply.ShouldBe([7]);
        (await _b.CompleteAsync(leased)).ShouldBeFalse();
        (await _a.Queue.FetchReplyAsync(task.Id)).ShouldNotBeNull().Reply.ShouldBe([7]);
    }

    [Fact]
    public async Task End_WaitingTask_OnlyInTheStateInWhichItWasSeen()
    {
        await _a.Queue.EnqueueAsync(NewTask());
        await _a.TendAsync();
        var id = (await _a.Shared.ListAsync(new TaskFilter(), null, 1))[0].Id;
        var seen = (await _b.Shared.FindAsync(id, false)).Task.ShouldNotBeNull();
        var leased = await _a.LeaseAsync();

        (await _b.Queue.EndAsync(seen, [], Cancelled())).ShouldBeFalse();
        (await _a.Queue.RetryAsync(leased, leased.LeaseToken, _a.Now + 60_000, true)).ShouldBeTrue();
        seen = (await _b.Shared.FindAsync(id, false)).Task.ShouldNotBeNull();
        seen.Task.Snapshot.State.ShouldBe(TaskState.Retrying);
        (await _b.Queue.EndAsync(seen, [], Cancelled())).ShouldBeTrue();

        (await _b.Shared.FindAsync(id, false)).Task.ShouldBeNull();
        await _a.TendAsync();
        (_a.Queue.PendingCount, _a.Queue.DelayedCount, _a.Queue.RunningCount).ShouldBe((0, 0, 0));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(200_000)]
    public async Task Complete_CallerAtAnotherNode_IsToldWithTheReply(int size)
    {
        var reply = Enumerable.Range(0, size).Select(i => (byte)i).ToArray();
        var task = Called(_a.Name);
        await _a.Queue.EnqueueAsync(task);
        var leased = await _b.LeaseAsync();
        leased.Caller.ShouldBe(_a.Name);
        (await _a.Queue.FetchReplyAsync(task.Id)).ShouldBeNull();

        (await _b.CompleteAsync(leased, TaskEnd.Forgotten(TaskState.Succeeded) with { Reply = reply })).ShouldBeTrue();

        await RedisNode.UntilAsync(() => !_a.Replies.IsEmpty, "the caller's node was not told");
        var (id, told) = _a.Replies.ShouldHaveSingleItem();
        (id, told.State).ShouldBe((task.Id, TaskState.Succeeded));
        told.Reply.ShouldNotBeNull().SequenceEqual(reply).ShouldBeTrue();
        (await _a.Queue.FetchReplyAsync(task.Id)).ShouldNotBeNull().Reply!.Length.ShouldBe(size);
        _b.Replies.ShouldBeEmpty();
    }

    [Fact]
    public async Task Complete_CallerAtTheSameNode_IsNotTold()
    {
        await _a.Queue.EnqueueAsync(Called(_a.Name));
        var leased = await _a.LeaseAsync();

        (await _a.CompleteAsync(leased, TaskEnd.Forgotten(TaskState.Succeeded) with { Reply = [1] })).ShouldBeTrue();

        (await _a.Queue.FetchReplyAsync(leased.Id)).ShouldNotBeNull().Reply.ShouldBe([1]);
        await _a.Shared.SendAsync(_a.Name, new byte[] { 1 });
        await RedisNode.UntilAsync(() => !_a.Messages.IsEmpty, "what was sent later did not come");
        _a.Replies.ShouldBeEmpty();
    }

    private static QueuedTask Called(string caller) => new()
    {
        Id = new TaskId(Guid.CreateVersion7()),
        Queue = Mail,
        Function = "send",
        Priority = 1,
        CreatedAtMilliseconds = 1_900_000_000_000,
        Durability = TaskDurability.WriteBehind,
        Body = [1],
        BodyBytes = 1,
        Caller = caller,
    };

    private static TaskEnd Cancelled() => TaskEnd.Forgotten(TaskState.Cancelled) with { Reply = [7] };

    // All nodes see the same, each at its next look.
    private async Task ShouldCountAsync(int queued, int scheduled, int retrying, int running)
    {
        foreach (var node in new[] { _a, _b })
        {
            await node.TendAsync();
            var queue = node.Queue;
            (queue.QueuedCount, queue.DelayedCount - queue.RetryingCount, queue.RetryingCount, queue.RunningCount)
                .ShouldBe((queued, scheduled, retrying, running));
        }
    }
}
