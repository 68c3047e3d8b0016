using System.Collections.Concurrent;
using ActorBalancer.Engine.Storage.Redis;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage.Redis;

/// <summary>A node of a test: an open store on the real clock, and what it was told.</summary>
internal sealed class RedisNode : IAsyncDisposable
{
    private RedisNode(RedisTaskStore store) => Store = store;

    public RedisTaskStore Store { get; }

    public ISharedTaskStore Shared => Store;

    public string Name => Shared.Node;

    public ISharedTaskQueue Queue => Shared.GetSharedQueue(Mail);

    public ConcurrentQueue<(TaskId Id, SharedReply Reply)> Replies { get; } = new();

    public ConcurrentQueue<(TaskId Id, long Token)> Revoked { get; } = new();

    public ConcurrentQueue<TaskId> Changed { get; } = new();

    public ConcurrentQueue<byte[]> Messages { get; } = new();

    public ConcurrentQueue<QueueKey> Woken { get; } = new();

    public ConcurrentQueue<(bool IsHealthy, string Reason)> Health { get; } = new();

    public long Now => Shared.NowMilliseconds;

    /// <summary>Opens one.</summary>
    public static async Task<RedisNode> OpenAsync(
        RedisOptions options, string name = "a", ILogger? logger = null,
        Func<QueuedTask, long, TaskEnd>? expires = null)
    {
        var store = new RedisTaskStore(
            options, name, BalancerKey, TimeProvider.System,
            logger ?? Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        var node = new RedisNode(store);
        var news = new SharedNews
        {
            TaskReplied = (id, reply) => node.Replies.Enqueue((id, reply)),
            LeaseRevoked = (id, token) => node.Revoked.Enqueue((id, token)),
            TaskChanged = node.Changed.Enqueue,
            MessageReceived = message => node.Messages.Enqueue(message.ToArray()),
            QueueWoken = node.Woken.Enqueue,
            HealthChanged = (isHealthy, reason) => node.Health.Enqueue((isHealthy, reason)),
        };
        node.Shared.News = expires is null ? news : news with { TaskExpires = expires };
        await store.OpenAsync(TestContext.Current.CancellationToken);
        return node;
    }

    /// <summary>Renews the leases for so long.</summary>
    public ValueTask<int> TendAsync(int milliseconds = 60_000) => Queue.TendAsync(Now + milliseconds);

    /// <summary>Leases one task, whatever the node knows of the queue.</summary>
    public async Task<QueuedTask> LeaseAsync()
    {
        var leased = new List<QueuedTask>();
        await Queue.LeaseAsync(1, leased).AsTask().Guarded("the lease did not end");
        return leased.ShouldHaveSingleItem();
    }

    public ValueTask<bool> CompleteAsync(QueuedTask task, TaskEnd? end = null) =>
        Queue.CompleteAsync(task, task.LeaseToken, end ?? TaskEnd.Forgotten(TaskState.Succeeded));

    public ValueTask DisposeAsync() => Store.DisposeAsync();

    /// <summary>Looks until it is so: there is no event to wait for.</summary>
    public static async Task UntilAsync(Func<bool> isSo, string complaint) =>
        await UntilAsync(() => Task.FromResult(isSo()), complaint);

    /// <inheritdoc cref="UntilAsync(Func{bool}, string)"/>
    public static async Task UntilAsync(Func<Task<bool>> isSo, string complaint)
    {
        var end = TimeProvider.System.GetTimestamp() + (30 * TimeProvider.System.TimestampFrequency);
        while (!await isSo())
        {
            TimeProvider.System.GetTimestamp().ShouldBeLessThan(end, complaint);
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
