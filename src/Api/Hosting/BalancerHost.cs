using ActorBalancer.Api.Configuration;
using ActorBalancer.Api.Logging;
using ActorBalancer.Api.Metrics;
using ActorBalancer.Api.Operations;
using ActorBalancer.Engine;
using ActorBalancer.Engine.Cluster;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Redis;
using ActorBalancer.Engine.Webhooks;

namespace ActorBalancer.Api.Hosting;

/// <summary>Puts the parts together: the log, the store, the engine and the HTTP server of one balancer. A node with
/// MODE=master has no server.</summary>
internal sealed class BalancerHost : IAsyncDisposable
{
    // The tasks have had their time when the server stops: what is left are answers on their way out.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    private readonly WebApplication? _server;
    private readonly BalancerProxy _proxy;
    private readonly ClusterAlerts? _clusterAlerts;
    private readonly BalancerLogProvider _logs;
    private readonly ILoggerFactory _loggers;
    private IDisposable? _push;

    private BalancerHost(
        BalancerEngine engine,
        WebApplication? server,
        BalancerProxy proxy,
        ClusterAlerts? clusterAlerts,
        BalancerLogProvider logs,
        ILoggerFactory loggers)
    {
        Engine = engine;
        _server = server;
        _proxy = proxy;
        _clusterAlerts = clusterAlerts;
        _logs = logs;
        _loggers = loggers;
    }

    /// <summary>The engine.</summary>
    public BalancerEngine Engine { get; }

    /// <summary>The addresses that the server listens on, once it is started; none for MODE=master.</summary>
    public ICollection<string> Urls => _server?.Urls ?? [];

    /// <summary>The routes of the server; none for MODE=master.</summary>
    public IEnumerable<Endpoint> Endpoints =>
        (_server as IEndpointRouteBuilder)?.DataSources.SelectMany(static source => source.Endpoints) ?? [];

    /// <summary>The routes of the server, once it is started; none for MODE=master.</summary>
    public IReadOnlyList<Endpoint> Routes =>
        _server?.Services.GetRequiredService<EndpointDataSource>().Endpoints ?? [];

    /// <summary>What this node of a cluster is, for the log: its name, its role and where Redis is; null outside of
    /// one.</summary>
    public string? ClusterText { get; private init; }

    private BalancerMeters Meters { get; init; } = null!;

    private string? NodeId { get; init; }

    /// <summary>Makes a balancer; nothing runs and nothing is opened yet.</summary>
    /// <param name="settings">All settings.</param>
    /// <param name="key">The balancer's key.</param>
    /// <param name="output">Where log lines go.</param>
    /// <param name="views">The settings as they were written, for people who look; null shows none.</param>
    public static BalancerHost Create(
        BalancerSettings settings, string key, Stream output, IReadOnlyList<SettingView>? views = null)
    {
        var time = TimeProvider.System;
        var nodeId = settings.Store != StoreKind.Redis ? null
            : settings.NodeId ?? NodeIdFile.LoadOrCreate(settings.DataDirectory);
        var logs = new BalancerLogProvider(LogOptions.From(settings), time, output);
        var loggers = logs.CreateFactory();
        var store = CreateStore(settings, nodeId, key, time, loggers.CreateLogger("ActorBalancer.Storage"));
        var options = ToEngineOptions(settings, nodeId, key);
        var log = loggers.CreateLogger("ActorBalancer.Engine");
        var engine = new BalancerEngine(options, store, time, log);
        var proxy = new BalancerProxy(settings, key, engine.ActorSystem, options.Webhooks, loggers, time);
        var meters = new BalancerMeters(engine, time);
        var parts = new OperationsParts
        {
            Engine = engine,
            Settings = settings,
            Views = views ?? [],
            Key = key,
            Proxy = () => proxy.Engine,
            Shares = new BackendShares(time),
            Meters = meters,
            Logs = logs,
            Loggers = loggers,
            Time = time,
        };
        var server = settings.Role == NodeRole.Master
            ? null
            : EdgeServer.Build(
                ToEdgeOptions(settings, key), engine, logs.Ring, loggers, time,
                endpoints => OperatorSurface.Map(endpoints, parts));
        if (settings.Redis is not { } redis || nodeId is null)
            return new BalancerHost(engine, server, proxy, null, logs, loggers) { Meters = meters };
        var servers = string.Join(',', redis.Servers);
        var alerts = new ClusterAlerts(engine.Events, nodeId, servers, time, log);
        return new BalancerHost(engine, server, proxy, alerts, logs, loggers)
        {
            Meters = meters,
            NodeId = nodeId,
            ClusterText = $"node {nodeId}, {DescribeRole(settings.Role)}, Redis {servers}"
                + $"{(redis.UseTls ? " over TLS" : "")}, database {redis.Database}, prefix {redis.Prefix}",
        };
    }

    /// <summary>A logger of the host's log.</summary>
    public ILogger CreateLogger(string category) => _loggers.CreateLogger(category);

    /// <summary>The addresses that the proxy listens on, once it is started; none without pools.</summary>
    public IReadOnlyList<string> ProxyUrls => _proxy.Urls;

    /// <summary>Starts the engine, then listens, then starts the proxy.</summary>
    /// <exception cref="TaskStoreException">The store cannot be opened.</exception>
    /// <exception cref="IOException">A port is taken, or the proxy's files are wrong.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _push = OtlpPush.Start(
            Environment.GetEnvironmentVariable, Meters, ProgramVersion.Text, NodeId, TimeProvider.System);
        await Engine.StartAsync(cancellationToken);
        if (_server is not null)
            await _server.StartAsync(cancellationToken);
        await _proxy.StartAsync(cancellationToken);
    }

    /// <summary>Lets running tasks and proxied requests end, while the server still answers and says that it drains;
    /// then ends the server. The engine itself ends with <see cref="DisposeAsync"/>.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        // Side by side, so that both together take no longer than the drain time-out. The engine's state changes first.
        await Task.WhenAll(Engine.DrainAsync(cancellationToken), _proxy.StopAsync(cancellationToken));
        if (_server is not null)
            await _server.StopAsync(cancellationToken);
    }

    /// <summary>Ends the proxy and the server, then the engine with its store, then the log.</summary>
    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
        _clusterAlerts?.Dispose();
        _push?.Dispose();
        Meters.Dispose();
        await Engine.DisposeAsync();
        _loggers.Dispose();
        _logs.Dispose();
    }

    private static string DescribeRole(NodeRole role) => role switch
    {
        NodeRole.Master => "master: owns workers and runs tasks, listens to nobody",
        NodeRole.Worker => "worker: serves the HTTP API",
        _ => "both roles",
    };

    private static ITaskStore CreateStore(
        BalancerSettings settings, string? nodeId, string key, TimeProvider time, ILogger logger)
    {
        if (settings.Redis is { } redis && nodeId is not null)
            return new RedisTaskStore(redis, nodeId, key, time, logger);
        if (settings.Store == StoreKind.Memory)
            return LocalTaskStore.InMemory(time);
        var options = new LocalTaskStoreOptions
        {
            DataDirectory = settings.DataDirectory,
            WriteBehindDelay = settings.WriteBehindDelay,
        };
        return LocalTaskStore.Sqlite(options, key, time, logger);
    }

    private static EngineOptions ToEngineOptions(BalancerSettings settings, string? nodeId, string key) => new()
    {
        BalancerKey = key,
        WorkersFile = settings.WorkersFile,
        DiscoveryInterval = settings.WorkerDiscoveryInterval,
        DiscoveryTimeout = settings.WorkerDiscoveryTimeout,
        DiscoveryRetries = settings.WorkerDiscoveryRetries,
        HeartbeatInterval = settings.HeartbeatInterval,
        HeartbeatTimeout = settings.HeartbeatTimeout,
        TaskTimeout = settings.TaskTimeout,
        AttemptTimeout = settings.AttemptTimeout ?? TimeSpan.Zero,
        TaskAttempts = settings.TaskAttemptsMax,
        RetryBackoff = settings.RetryBackoff,
        RetryBackoffMax = settings.RetryBackoffMax,
        QueueLimit = settings.QueueTasksMax,
        IntakeLimit = settings.IntakeTasksMax,
        ResultLimit = settings.ResultBytesMax,
        Strategy = settings.Strategy,
        NoWorkerGrace = settings.NoWorkerGrace,
        DrainTimeout = settings.DrainTimeout,
        QueuedBytesLimit = settings.QueuedBytesMax,
        ResultRetention = settings.ResultRetention,
        DeadRetention = settings.DeadRetention,
        Cluster = nodeId is null ? null : new ClusterOptions
        {
            NodeId = nodeId,
            IsEngine = settings.Role != NodeRole.Worker,
            IsApi = settings.Role != NodeRole.Master,
            LeaseTime = settings.LeaseTime,
        },
        Webhooks = new WebhookOptions
        {
            Secrets = settings.WebhookSecrets,
            Timeout = settings.WebhookTimeout,
            RetriesMax = settings.WebhookRetriesMax,
            RetryDelay = settings.WebhookRetryDelay,
            RetryDelayMax = settings.WebhookRetryDelayMax,
            AllowPrivate = settings.WebhookAllowPrivate,
        },
    };

    private static EdgeOptions ToEdgeOptions(BalancerSettings settings, string key) => new()
    {
        AuthKey = key,
        Port = settings.Port,
        BindAddresses = settings.BindAddresses,
        BodyBytesMax = (int)settings.RequestBodyBytesMax,
        WrongKeysPerMinuteMax = settings.AuthFailuresPerMinuteMax,
        StopTimeout = StopTimeout,
    };
}
