using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;
using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>Queues that live in Redis and are shared by all nodes on it. Thread-safe; opened once.</summary>
public sealed partial class RedisTaskStore : ISharedTaskStore
{
    private readonly RedisOptions _options;
    private readonly string _nodeId;
    private readonly string _balancerKey;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    /// <summary>Makes a store; nothing is connected yet.</summary>
    /// <param name="options">Where Redis is.</param>
    /// <param name="nodeId">Name of this node.</param>
    /// <param name="balancerKey">The balancer's own key, not empty and the same on all nodes; worker keys are encrypted
    /// under it.</param>
    /// <param name="time">Clock of time-outs.</param>
    /// <param name="logger">Receives what operators must know.</param>
    public RedisTaskStore(
        RedisOptions options, string nodeId, string balancerKey, TimeProvider time, ILogger logger)
    {
        _options = options;
        _nodeId = nodeId;
        _balancerKey = balancerKey;
        _time = time;
        _logger = logger;
    }

    /// <inheritdoc/>
    public string Name => "redis";

    /// <inheritdoc/>
    public bool IsHealthy => throw new NotSupportedException();

    /// <summary>The connection, once the store is open; for the parts of the cluster beside the queues.</summary>
    internal RedisLink Link => throw new NotSupportedException();

    /// <inheritdoc/>
    public ITaskArchive Archive => throw new NotSupportedException();

    string ISharedTaskStore.Node => throw new NotSupportedException();

    long ISharedTaskStore.NowMilliseconds => throw new NotSupportedException();

    IReadOnlyCollection<QueueKey> ISharedTaskStore.Queues => throw new NotSupportedException();

    SharedNews ISharedTaskStore.News { get; set; } = new();

    /// <inheritdoc/>
    public ValueTask<StoreContent> OpenAsync(CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    /// <inheritdoc/>
    public ITaskQueue GetQueue(QueueKey key) => throw new NotSupportedException();

    ISharedTaskQueue ISharedTaskStore.GetSharedQueue(QueueKey key) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void RememberFunctions(QueueKey key, IReadOnlyCollection<string> functions) =>
        throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask RememberPauseAsync(QueueKey key, long? untilMilliseconds) => throw new NotSupportedException();

    ValueTask ISharedTaskStore.SendAsync(string node, ReadOnlyMemory<byte> message) =>
        throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotSupportedException();
}
