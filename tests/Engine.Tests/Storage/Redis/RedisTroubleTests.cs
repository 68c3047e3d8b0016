using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Redis;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing.Processes;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage.Redis;

/// <summary>Redis stops, starts again, stands still, is full, or changes its mind.</summary>
public sealed class RedisTroubleTests : IAsyncLifetime
{
    private RedisServer _server = null!;
    private RedisNode _a = null!;

    private RedisOptions Options => new()
    {
        Servers = [_server.Address],
        Prefix = "t",
        Timeout = TimeSpan.FromMilliseconds(1000),
        LeaseTime = TimeSpan.FromMinutes(1),
    };

    public async ValueTask InitializeAsync()
    {
        _server = await RedisServer.StartAsync();
        _a = await RedisNode.OpenAsync(Options);
        await _a.TendAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _a.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Restart_WithAnEndOnItsWay_CarriesItOutAfterwards()
    {
        await _a.Queue.EnqueueAllAsync(NewTask(), NewTask());
        var leased = await _a.Queue.LeaseSomeAsync(1);
        await Task.Delay(1100, TestContext.Current.CancellationToken); // everysec: what is older is on disk
        await _server.KillAsync();
        var end = _a.CompleteAsync(leased[0]).AsTask();
        await Should.ThrowAsync<TaskStoreException>(async () => await _a.Queue.EnqueueAsync(NewTask()));
        await RedisNode.UntilAsync(() => !_a.Store.IsHealthy, "it still counts as healthy");
        end.IsCompleted.ShouldBeFalse();

        await _server.StartAgainAsync();

        (await end.Guarded("the end did not end")).ShouldBeTrue();
        await RedisNode.UntilAsync(() => _a.Store.IsHealthy, "it does not count as healthy");
        await _a.TendAsync();
        (await _a.LeaseAsync()).Id.ShouldNotBe(leased[0].Id);
        await _a.Queue.EnqueueAsync(NewTask());
        _a.Health.Select(told => told.IsHealthy).ShouldBe([false, true]);
    }

    [Fact]
    public async Task Freeze_AllCalls_FailInTimeAndThenAtOnce()
    {
        await _a.Queue.EnqueueAsync(NewTask());
        _server.Freeze();
        try
        {
            var began = TimeProvider.System.GetTimestamp();
            var calls = Enumerable.Range(0, 300).Select(_ => _a.Queue.EnqueueAsync(NewTask()).AsTask()).ToArray();
            foreach (var call in calls)
                (await Should.ThrowAsync<TaskStoreException>(() => call)).Message.ShouldContain("1000 ms");
            TimeProvider.System.GetElapsedTime(began).TotalMilliseconds.ShouldBeLessThan(4000);

            await RedisNode.UntilAsync(() => !_a.Store.IsHealthy, "silence counts as health");
            began = TimeProvider.System.GetTimestamp();
            await Should.ThrowAsync<TaskStoreException>(async () => await _a.Shared.FindAsync(NewTask().Id, false));
            TimeProvider.System.GetElapsedTime(began).TotalMilliseconds.ShouldBeLessThan(900);
        }
        finally
        {
            _server.Thaw();
        }

        await RedisNode.UntilAsync(() => _a.Store.IsHealthy, "it does not come back");
        _a.Health.Select(told => told.IsHealthy).ShouldBe([false, true]);
    }

    [Fact]
    public async Task Freeze_LeaseWhoseAnswerIsLost_IsTheSameLeaseAfterwards()
    {
        await _a.Queue.EnqueueAllAsync([.. Enumerable.Range(0, 10).Select(_ => NewTask())]);
        _server.Freeze();
        var leased = new List<QueuedTask>();
        try
        {
            await Should.ThrowAsync<TaskStoreException>(async () => await _a.Queue.LeaseAsync(7, leased));
        }
        finally
        {
            _server.Thaw();
        }

        await RedisNode.UntilAsync(() => _a.Store.IsHealthy, "it does not come back");
        await _a.TendAsync();
        _a.Queue.PendingCount.ShouldBeGreaterThan(0);
        (await _a.Queue.LeaseAsync(2, leased)).ShouldBe(2);
        leased.AddRange(await _a.Queue.LeaseSomeAsync(100));

        leased.Select(task => task.Id).ShouldBeUnique();
        leased.Count.ShouldBe(10);
        leased.ShouldAllBe(task => task.Attempt == 1);
        await _a.TendAsync();
        _a.Queue.RunningCount.ShouldBe(10);
        foreach (var task in leased)
            (await _a.CompleteAsync(task)).ShouldBeTrue();
    }

    [Fact]
    public async Task Freeze_EndWhoseAnswerIsLost_StillSaysTheTruth()
    {
        await _a.Queue.EnqueueAllAsync(NewTask(), NewTask());
        var leased = await _a.Queue.LeaseSomeAsync(2);
        _server.Freeze();
        var ends = leased.Select(task => _a.CompleteAsync(task).AsTask()).ToArray();
        var remove = _a.Queue.RemoveAsync(NewTask(), TaskEnd.Forgotten(TaskState.Cancelled)).AsTask();
        try
        {
            await Should.ThrowAsync<TaskStoreException>(() => remove);
            ends.ShouldAllBe(end => !end.IsCompleted);
        }
        finally
        {
            _server.Thaw();
        }

        foreach (var end in ends)
            (await end.Guarded("the end did not end")).ShouldBeTrue();
    }

    [Fact]
    public async Task Dispose_WithAnEndOnItsWay_FailsIt()
    {
        await _a.Queue.EnqueueAsync(NewTask());
        var leased = await _a.LeaseAsync();
        await _server.KillAsync();
        var end = _a.CompleteAsync(leased).AsTask();

        await _a.DisposeAsync();

        await Should.ThrowAsync<TaskStoreException>(() => end.Guarded("the end did not end"));
        await Should.ThrowAsync<TaskStoreException>(async () => await _a.Queue.EnqueueAsync(NewTask()));
        leased.State.ShouldBe(TaskState.Running);
    }

    [Fact]
    public async Task FullMemory_TakesNoTasksButEnds()
    {
        var body = new string('x', 10_000);
        await _a.Queue.EnqueueAllAsync([.. Enumerable.Range(0, 50).Select(_ => NewTask(body: body))]);
        (await _server.CommandAsync("CONFIG", "SET", "maxmemory", "100kb")).ShouldBe("+OK");

        (await Should.ThrowAsync<TaskStoreException>(async () => await _a.Queue.EnqueueAsync(NewTask())))
            .Message.ShouldContain("full");
        foreach (var task in await _a.Queue.LeaseSomeAsync(20))
        {
            (await _a.CompleteAsync(task, Kept(task)).AsTask().Guarded("the end did not end")).ShouldBeTrue();
        }

        var retried = await _a.LeaseAsync();
        (await _a.Queue.RetryAsync(retried, retried.LeaseToken, _a.Now + 5, true)).ShouldBeTrue();
        await RedisNode.UntilAsync(() => !_a.Store.IsHealthy, "nobody knows that it is full");
        await _a.TendAsync();

        (await _server.CommandAsync("CONFIG", "SET", "maxmemory", "0")).ShouldBe("+OK");
        await RedisNode.UntilAsync(() => _a.Store.IsHealthy, "nobody knows that it has room");
        await _a.Queue.EnqueueAsync(NewTask());
    }

    [Fact]
    public async Task Failover_ToAPromotedReplica_GoesOnThere()
    {
        await using var replica = await RedisServer.StartAsync("--replicaof", "127.0.0.1", _server.Port.ToString());
        var options = Options with { Servers = [_server.Address, replica.Address] };
        await using var b = await RedisNode.OpenAsync(options, "b");
        await b.TendAsync();
        await b.Queue.EnqueueAllAsync([.. Enumerable.Range(0, 20).Select(_ => NewTask())]);
        var leased = await b.Queue.LeaseSomeAsync(5);
        await RedisNode.UntilAsync(
            async () => await replica.CommandAsync("ZCARD", b.Store.Keys.Of(Mail).Pending) == ":15",
            "the replica does not follow");

        await _server.KillAsync();
        var end = b.CompleteAsync(leased[0]).AsTask();
        (await replica.CommandAsync("REPLICAOF", "NO", "ONE")).ShouldBe("+OK");

        (await end.Guarded("the end did not end")).ShouldBeTrue();
        await RedisNode.UntilAsync(() => b.Store.IsHealthy, "the new primary was not found");
        await b.TendAsync();
        leased.AddRange(await b.Queue.LeaseSomeAsync(100));
        leased.Count.ShouldBe(20);
        leased.Select(task => task.LeaseToken).ShouldBeUnique();
        await EnqueueInTheEndAsync(b);
        await RedisNode.UntilAsync(
            async () =>
            {
                await b.Shared.SendAsync(b.Name, new byte[] { 1 });
                return !b.Messages.IsEmpty;
            },
            "messages do not come any more");
    }

    [Fact]
    public async Task Counts_OfANewPrimaryWhoseClockIsBehind_Count()
    {
        await _a.Queue.EnqueueAllAsync(NewTask(), NewTask());
        var queue = (RedisTaskQueue)_a.Queue;
        var ahead = new RedisCounts(long.MaxValue / 2, 0, 0, 0, null, null, 0, 0);

        queue.Learn(ahead);
        _a.Queue.PendingCount.ShouldBe(0);
        queue.Learn(ahead with { Moment = ahead.Moment - 1_000_000, Pending = 9 });
        _a.Queue.PendingCount.ShouldBe(0, "an answer that was overtaken");
        await _a.TendAsync();

        _a.Queue.PendingCount.ShouldBe(2);
    }

    [Fact]
    public async Task ReadOnlyReplica_IsSaidAndLeft()
    {
        await using var replica = await RedisServer.StartAsync();
        var options = Options with { Servers = [_server.Address, replica.Address] };
        (await replica.CommandAsync("REPLICAOF", "127.0.0.1", _server.Port.ToString())).ShouldBe("+OK");
        await using var b = await RedisNode.OpenAsync(options, "b");
        await b.Queue.EnqueueAsync(NewTask());
        await RedisNode.UntilAsync(
            async () => await replica.CommandAsync("ZCARD", b.Store.Keys.Of(Mail).Pending) == ":1",
            "the replica does not follow");

        // The roles change under the connection.
        (await replica.CommandAsync("REPLICAOF", "NO", "ONE")).ShouldBe("+OK");
        (await _server.CommandAsync("REPLICAOF", "127.0.0.1", replica.Port.ToString())).ShouldBe("+OK");

        await EnqueueInTheEndAsync(b);
        (await replica.CommandAsync("ZCARD", b.Store.Keys.Of(Mail).Pending)).ShouldBe(":2");
    }

    [Fact]
    public async Task WaitReplicas_TooFewOfThem_RefusesCommittedTasksOnly()
    {
        var options = Options with { WaitReplicas = 1, Prefix = "w", Timeout = TimeSpan.FromSeconds(6) };
        await using var b = await RedisNode.OpenAsync(options, "b");

        (await Should.ThrowAsync<TaskStoreException>(async () => await b.Queue.EnqueueAsync(NewTask())))
            .Message.ShouldContain("0 of the 1 replicas");
        await b.Queue.EnqueueAsync(NewWriteBehindTask());

        await using var replica = await RedisServer.StartAsync("--replicaof", "127.0.0.1", _server.Port.ToString());
        await RedisNode.UntilAsync(
            async () => await replica.CommandAsync("ZCARD", b.Store.Keys.Of(Mail).Pending) == ":2",
            "the replica does not follow");
        await b.Queue.EnqueueAsync(NewTask());
        (await replica.CommandAsync("ZCARD", b.Store.Keys.Of(Mail).Pending)).ShouldBe(":3");
    }

    // Roles change under the connection: it may be told so a few times.
    private static Task EnqueueInTheEndAsync(RedisNode node) => RedisNode.UntilAsync(
        async () =>
        {
            try
            {
                await node.Queue.EnqueueAsync(NewTask());
                return true;
            }
            catch (TaskStoreException exception)
            {
                exception.Message.ShouldNotBeEmpty();
                return false;
            }
        },
        "the new primary was not found");

    private static TaskEnd Kept(QueuedTask task) => new()
    {
        State = TaskState.Succeeded,
        AtMilliseconds = 1,
        KeptUntilMilliseconds = 5_000_000_000_000,
        Result = task.Body,
    };
}
