using ActorBalancer.Engine.Storage.Redis;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage.Redis;

/// <summary>Two nodes on one Redis: what one does, the other sees.</summary>
public abstract class TwoStores(RedisFixture redis) : IClassFixture<RedisFixture>, IAsyncLifetime
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);

    private protected RedisOptions Options { get; private set; } = null!;

    private protected ISharedTaskStore First { get; private set; } = null!;

    private protected ISharedTaskStore Second { get; private set; } = null!;

    private protected RedisLink Link => ((RedisTaskStore)First).Link;

    private protected long Now => First.NowMilliseconds;

    public virtual async ValueTask InitializeAsync()
    {
        Options = redis.NewOptions() with { Timeout = TimeSpan.FromSeconds(30) };
        First = await OpenAsync("first");
        Second = await OpenAsync("second");
    }

    public virtual async ValueTask DisposeAsync()
    {
        await First.DisposeAsync();
        await Second.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected async Task<ISharedTaskStore> OpenAsync(string node, SharedNews? news = null)
    {
        ISharedTaskStore store =
            new RedisTaskStore(Options, node, BalancerKey, TimeProvider.System, NullLogger.Instance);
        store.News = news ?? new SharedNews();
        await store.OpenAsync(TestContext.Current.CancellationToken);
        return store;
    }

    private protected static TaskEnd Ended(TaskState state, long at, long keptFor = 600_000) =>
        new() { State = state, AtMilliseconds = at, KeptUntilMilliseconds = at + keptFor };

    /// <summary>Leases in the name of a store's node.</summary>
    private protected static async Task<QueuedTask> LeaseAsync(ISharedTaskStore store, QueueKey key)
    {
        var queue = store.GetSharedQueue(key);
        await queue.TendAsync(store.NowMilliseconds + 60_000);
        var leased = new List<QueuedTask>();
        await queue.LeaseAsync(1, leased).AsTask().Guarded("the lease did not end");
        return leased.ShouldHaveSingleItem();
    }

    /// <summary>Enqueues, leases and ends a task.</summary>
    private protected async Task<QueuedTask> EndAsync(QueuedTask task, TaskEnd? end = null)
    {
        await First.GetSharedQueue(task.Queue).EnqueueAsync(task).AsTask().Guarded("the enqueue did not end");
        var leased = await LeaseAsync(First, task.Queue);
        leased.Id.ShouldBe(task.Id);
        (await First.GetSharedQueue(task.Queue)
            .CompleteAsync(leased, leased.LeaseToken, end ?? Ended(TaskState.Succeeded, Now))).ShouldBeTrue();
        return leased;
    }

    private protected static async Task<SharedTask> FoundAsync(ISharedTaskStore store, TaskId id, bool withBody = false)
    {
        var (found, isGone) = await store.FindAsync(id, withBody);
        isGone.ShouldBeFalse();
        return found.ShouldNotBeNull();
    }

    /// <summary>All keys under the test's prefix.</summary>
    private protected async Task<string[]> ReadKeysAsync() => (string[])(await Link.AskAsync(
        database => database.ExecuteAsync("KEYS", Options.Prefix + ":*")))!;

    /// <summary>Waits for what no event tells.</summary>
    private protected static async Task UntilAsync(Func<Task<bool>> isSo, string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await isSo())
        {
            if (TimeProvider.System.GetElapsedTime(began) > Guard)
                throw new TimeoutException($"After {Guard}: {what}.");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
