using System.Collections.Concurrent;
using System.Text;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;
using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>Queues that live in Redis and are shared by all nodes on it. Thread-safe; opened once.</summary>
public sealed partial class RedisTaskStore : ISharedTaskStore
{
    /// <summary>Largest message between nodes in bytes.</summary>
    private const int MessageBytesMax = 1 << 20;

    private readonly RedisOptions _options;
    private readonly string _nodeId;
    private readonly string _balancerKey;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<QueueKey, RedisTaskQueue> _queues = new();
    private readonly ConcurrentDictionary<QueueKey, bool> _names = new(); // queues that any node made
    private readonly ConcurrentDictionary<(QueueKey Queue, string Function), bool> _functions = new();
    private readonly CancellationTokenSource _closing = new();
    private RedisLink? _link;
    private RedisCiphers? _ciphers;
    private string? _node;
    private RedisNews? _news;
    private int _openings;
    private int _closings;

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
        Keys = new RedisKeys(options.Prefix);
    }

    /// <inheritdoc/>
    public string Name => "redis";

    /// <inheritdoc/>
    public bool IsHealthy => _link is { IsHealthy: true } && !IsClosed;

    /// <inheritdoc/>
    public ITaskArchive Archive => Tasks;

    /// <summary>The connection, once the store is open; for the parts of the cluster beside the queues.</summary>
    internal RedisLink Link => _link ?? throw NotOpen();

    /// <summary>Names of the keys.</summary>
    internal RedisKeys Keys { get; }

    /// <summary>Settings.</summary>
    internal RedisOptions Options => _options;

    /// <summary>Ciphers of secrets, once the store is open.</summary>
    internal RedisCiphers Ciphers => _ciphers ?? throw NotOpen();

    /// <summary>This life of this node.</summary>
    internal string NodeName => _node ?? throw NotOpen();

    /// <summary>What the store tells by itself.</summary>
    internal SharedNews News { get; private set; } = new();

    /// <summary>True from the end on.</summary>
    internal bool IsClosed => _closing.IsCancellationRequested;

    string ISharedTaskStore.Node => NodeName;

    long ISharedTaskStore.NowMilliseconds => Link.NowMilliseconds;

    IReadOnlyCollection<QueueKey> ISharedTaskStore.Queues => [.. _names.Keys];

    SharedNews ISharedTaskStore.News
    {
        get => News;
        set => News = value;
    }

    /// <inheritdoc/>
    public async ValueTask<StoreContent> OpenAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _openings, 1) != 0)
            throw new InvalidOperationException("A store is opened once; make a new one to connect again.");
        var link = await RedisLink.ConnectAsync(_options, _time, _logger);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            await RedisServerCheck.RunAsync(link, _logger);
            var (salt, epoch) = await RedisIdentity.ClaimAsync(link, Keys);
            _ciphers = new RedisCiphers(_balancerKey, salt);
            _node = $"{_nodeId}.{epoch}";
            _link = link;
            OpenArchive(link, Keys, _ciphers);
            link.HealthChanged = OnHealthChanged;
            _news = new RedisNews(this);
            await _news.StartAsync();
            return await ReadContentAsync(link);
        }
        catch
        {
            _link = null;
            await (_news?.DisposeAsync() ?? ValueTask.CompletedTask);
            await link.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The store is not open.</exception>
    public ITaskQueue GetQueue(QueueKey key) => QueueOf(key);

    ISharedTaskQueue ISharedTaskStore.GetSharedQueue(QueueKey key) => QueueOf(key);

    /// <inheritdoc/>
    public void RememberFunctions(QueueKey key, IReadOnlyCollection<string> functions)
    {
        // What was seen before is written, or on its way: fleets report the same again and again.
        var news = functions.Where(function => _functions.TryAdd((key, function), true)).ToArray();
        if (news.Length > 0)
            _ = WriteFunctionsAsync(key, news);
    }

    /// <inheritdoc/>
    public async ValueTask RememberPauseAsync(QueueKey key, long? untilMilliseconds) =>
        await QueueOf(key).PauseAsync(untilMilliseconds);

    /// <inheritdoc/>
    public async ValueTask<byte[]?> ReadBodyAsync(QueuedTask task) =>
        (await Tasks.LookAsync(task.Id, withBody: true)).Task?.Task.Body;

    /// <inheritdoc/>
    public async ValueTask RememberDrainAsync(string url, bool isDraining)
    {
        await Link.AskAsync(database => isDraining
            ? database.SetAddAsync(Keys.Drains, url)
            : database.SetRemoveAsync(Keys.Drains, url));
        await ((ISharedTaskStore)this).TellWorkerAsync(url);
    }

    async ValueTask<IReadOnlyCollection<string>> ISharedTaskStore.ReadDrainsAsync() => await ReadDrainsAsync(Link);

    async ValueTask ISharedTaskStore.TellWorkerAsync(string url) =>
        await Link.PublishAsync(Keys.WorkerTold, Encoding.UTF8.GetBytes(url));

    async ValueTask ISharedTaskStore.SendAsync(string node, ReadOnlyMemory<byte> message)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(message.Length, MessageBytesMax, nameof(message));
        var bytes = new byte[1 + message.Length];
        bytes[0] = RedisMessages.Message;
        message.CopyTo(bytes.AsMemory(1));
        await Link.AskAsync(database => database.PublishAsync(Keys.To(node), bytes));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closings, 1) != 0)
            return;
        await _closing.CancelAsync();
        Interlocked.Exchange(ref _openings, 1);
        if (_news is not null)
            await _news.DisposeAsync();
        if (_link is not null)
            await _link.DisposeAsync();
        _ciphers?.Dispose();
    }

    /// <summary>Waits before another try; false when the store is closed.</summary>
    internal async Task<bool> WaitAsync(TimeSpan time)
    {
        try
        {
            await Task.Delay(time, _time, _closing.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>The queue of that name; made when new.</summary>
    internal RedisTaskQueue QueueOf(QueueKey key)
    {
        if (_queues.TryGetValue(key, out var queue))
            return queue;
        _ = Link;
        _names.TryAdd(key, true);
        queue = _queues.GetOrAdd(key, static (key, store) => new RedisTaskQueue(store, key), this);
        _ = Quietly(queue.RegisterAsync());
        return queue;
    }

    /// <summary>A queue that another node made is known from now on.</summary>
    internal void LearnQueue(QueueKey key) => _names.TryAdd(key, true);

    /// <summary>The queue, if anybody of this node ever asked for it.</summary>
    internal RedisTaskQueue? FindQueue(QueueKey key) => _queues.GetValueOrDefault(key);

    /// <summary>Reads the names of all queues.</summary>
    internal async Task ReadQueuesAsync(RedisLink link)
    {
        foreach (var name in await link.AskAsync(database => database.SetMembersAsync(Keys.Queues)))
        {
            if (RedisKeys.TryParseQueue(name!, out var key))
                _names.TryAdd(key, true);
        }
    }

    [LoggerMessage(4103, LogLevel.Warning,
        "Queue {Queue}: {Count} ends and retries wait for Redis and are sent again until it answers. {Reason}")]
    private static partial void LogWaiting(ILogger logger, QueueKey queue, int count, string reason);

    [LoggerMessage(4104, LogLevel.Warning, "Redis did not take what it was told on the side: {Reason}")]
    private static partial void LogLost(ILogger logger, string reason);

    [LoggerMessage(4107, LogLevel.Error, "News of the shared store could not be told; nothing is lost, it is seen later")]
    private static partial void LogNewsFailed(ILogger logger, Exception exception);

    internal void LogBadNews(Exception exception) => LogNewsFailed(_logger, exception);

    internal void LogChangesWait(QueueKey queue, int count, string reason) =>
        LogWaiting(_logger, queue, count, reason);

    /// <summary>Tasks are in their queue: their idempotency keys follow. Sent, not waited for.</summary>
    internal void NoteMade(QueuedTask task)
    {
        Tasks.Remember(task.Id, task.Queue);
        if (task.Options.Idempotency is not null)
            _ = Quietly(Tasks.Claims.NoteMadeAsync(task));
    }

    /// <summary>A task has ended: its idempotency key follows. Sent, not waited for.</summary>
    internal void NoteEnded(TaskOptions options, TaskId id, QueueKey queue, TaskEnd end)
    {
        if (options.Idempotency is { } mark)
            _ = Quietly(Tasks.Claims.NoteEndedAsync(mark, id, queue, end));
    }

    private async Task<StoreContent> ReadContentAsync(RedisLink link)
    {
        await ReadQueuesAsync(link);
        var functions = new Dictionary<QueueKey, IReadOnlyCollection<string>>();
        var pauses = new Dictionary<QueueKey, long>();
        foreach (var key in _names.Keys)
        {
            var keys = Keys.Of(key);
            var names = await link.AskAsync(database => database.SetMembersAsync(Keys.Functions(key)));
            if (names.Length > 0)
                functions[key] = [.. names.Select(name => (string)name!)];
            var pause = await link.AskAsync(database => database.HashGetAsync(keys.Meta, "pause"));
            if (!pause.IsNullOrEmpty)
                pauses[key] = (long)pause;
        }

        foreach (var (key, names) in functions)
        {
            foreach (var function in names)
                _functions.TryAdd((key, function), true);
        }

        return new StoreContent([], functions, pauses, []) { Drains = await ReadDrainsAsync(link) };
    }

    private async Task<string[]> ReadDrainsAsync(RedisLink link)
    {
        var urls = await link.AskAsync(database => database.SetMembersAsync(Keys.Drains));
        return [.. urls.Select(static url => (string)url!)];
    }

    private async Task WriteFunctionsAsync(QueueKey key, string[] functions)
    {
        try
        {
            await QueueOf(key).RegisterAsync();
            await Link.AskAsync(database => database.SetAddAsync(
                Keys.Functions(key), [.. functions.Select(function => (StackExchange.Redis.RedisValue)function)]));
        }
        catch (TaskStoreException exception)
        {
            // They are seen again when their workers are.
            foreach (var function in functions)
                _functions.TryRemove((key, function), out _);
            LogLost(_logger, exception.Message);
        }
    }

    private async Task Quietly(Task task)
    {
        try
        {
            await task;
        }
        catch (TaskStoreException exception)
        {
            LogLost(_logger, exception.Message);
        }
    }

    private void OnHealthChanged(bool isHealthy, string reason)
    {
        // A primary that was promoted may lack the newest names.
        if (isHealthy)
        {
            foreach (var queue in _queues.Values)
                queue.ForgetRegistration();
        }

        News.HealthChanged(isHealthy, reason);
    }

    private static InvalidOperationException NotOpen() =>
        new("The store must be opened before its queues are used.");
}
