using System.Net;
using ActorBalancer.Api.Configuration.Proxy;
using ActorBalancer.Api.Logging;
using ActorBalancer.Engine.Storage.Redis;

namespace ActorBalancer.Api.Configuration;

/// <summary>
/// All settings, checked and typed. Immutable. Made by <see cref="SettingsLoader"/>; ranges and defaults stand in
/// <see cref="SettingsTable"/> and <c>docs/configuration.md</c>.
/// </summary>
internal sealed record BalancerSettings
{
    /// <summary>TCP port (PORT); 0 lets the system choose.</summary>
    public required int Port { get; init; }

    /// <summary>Where to listen (BIND_ADDRESS): at least one address; the key decides where the user did not.</summary>
    public required IReadOnlyList<IPAddress> BindAddresses { get; init; }

    /// <summary>
    /// The balancer's key (LB_AUTH_KEY), never empty; null when none is configured: then <see cref="BindAddresses"/>
    /// is loopback and <see cref="Configuration.AuthKeyFile"/> gives a key. Never logged.
    /// </summary>
    public required string? AuthKey { get; init; }

    /// <summary>Wrong keys an address may send in a minute (AUTH_FAILURE_LIMIT).</summary>
    public required int AuthFailuresPerMinuteMax { get; init; }

    /// <summary>Largest request body in bytes (REQUEST_BODY_LIMIT).</summary>
    public required long RequestBodyBytesMax { get; init; }

    /// <summary>Absolute path of the workers' list (WORKERS_FILE); the file need not exist.</summary>
    public required string WorkersFile { get; init; }

    /// <summary>WORKER_DISCOVERY_INTERVAL.</summary>
    public required TimeSpan WorkerDiscoveryInterval { get; init; }

    /// <summary>WORKER_DISCOVERY_TIMEOUT.</summary>
    public required TimeSpan WorkerDiscoveryTimeout { get; init; }

    /// <summary>WORKER_DISCOVERY_RETRIES; 0 for none.</summary>
    public required int WorkerDiscoveryRetries { get; init; }

    /// <summary>WS_HEARTBEAT_INTERVAL.</summary>
    public required TimeSpan HeartbeatInterval { get; init; }

    /// <summary>WS_HEARTBEAT_TIMEOUT.</summary>
    public required TimeSpan HeartbeatTimeout { get; init; }

    /// <summary>Name of the routing strategy (STRATEGY), in lower case; one of those that the table lists.</summary>
    public required string Strategy { get; init; }

    /// <summary>Longest life of a task (TASK_TIMEOUT).</summary>
    public required TimeSpan TaskTimeout { get; init; }

    /// <summary>Longest single attempt (ATTEMPT_TIMEOUT); null when only <see cref="TaskTimeout"/> counts.</summary>
    public required TimeSpan? AttemptTimeout { get; init; }

    /// <summary>Most attempts of a task (TASK_ATTEMPTS), 1 or more.</summary>
    public required int TaskAttemptsMax { get; init; }

    /// <summary>Base of the wait before a retry (RETRY_BACKOFF); zero for no wait.</summary>
    public required TimeSpan RetryBackoff { get; init; }

    /// <summary>Longest wait before a retry (RETRY_BACKOFF_MAX); never below <see cref="RetryBackoff"/>.</summary>
    public required TimeSpan RetryBackoffMax { get; init; }

    /// <summary>Most tasks waiting in one queue (QUEUE_LIMIT).</summary>
    public required int QueueTasksMax { get; init; }

    /// <summary>Most tasks inside the balancer (INTAKE_LIMIT).</summary>
    public required int IntakeTasksMax { get; init; }

    /// <summary>Largest answer of a worker in bytes (RESULT_LIMIT).</summary>
    public required long ResultBytesMax { get; init; }

    /// <summary>Most bytes of bodies inside the balancer (QUEUE_BYTES_LIMIT).</summary>
    public required long QueuedBytesMax { get; init; }

    /// <summary>How long a sync or stream task waits for a worker (NO_WORKER_GRACE); zero for not at all.</summary>
    public required TimeSpan NoWorkerGrace { get; init; }

    /// <summary>How long running tasks may go on at a stop (DRAIN_TIMEOUT).</summary>
    public required TimeSpan DrainTimeout { get; init; }

    /// <summary>How long ended tasks are kept (RESULT_RETENTION).</summary>
    public required TimeSpan ResultRetention { get; init; }

    /// <summary>How long dead tasks are kept (DEAD_RETENTION).</summary>
    public required TimeSpan DeadRetention { get; init; }

    /// <summary>Secrets of deliveries (WEBHOOK_SECRET), newest first; none for unsigned ones. Never logged.</summary>
    public required IReadOnlyList<string> WebhookSecrets { get; init; }

    /// <summary>Longest time of one delivery (WEBHOOK_TIMEOUT).</summary>
    public required TimeSpan WebhookTimeout { get; init; }

    /// <summary>Retries of a delivery (WEBHOOK_MAX_RETRIES); 0 for none.</summary>
    public required int WebhookRetriesMax { get; init; }

    /// <summary>Base of the wait before a delivery's retry (WEBHOOK_RETRY_DELAY).</summary>
    public required TimeSpan WebhookRetryDelay { get; init; }

    /// <summary>Longest such wait (WEBHOOK_RETRY_DELAY_MAX); never below <see cref="WebhookRetryDelay"/>.</summary>
    public required TimeSpan WebhookRetryDelayMax { get; init; }

    /// <summary>Deliveries to private addresses (WEBHOOK_ALLOW_PRIVATE).</summary>
    public required bool WebhookAllowPrivate { get; init; }

    /// <summary>Where tasks are kept (STORE).</summary>
    public required StoreKind Store { get; init; }

    /// <summary>Absolute path of the data directory (DATA_DIR); it need not exist yet.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Age below which a sync task is not yet on disk (WRITE_BEHIND_DELAY); zero for at once.</summary>
    public required TimeSpan WriteBehindDelay { get; init; }

    /// <summary>Redis (all REDIS_ settings); null unless <see cref="Store"/> is Redis. Never logged as a whole: it
    /// holds the password.</summary>
    public required RedisOptions? Redis { get; init; }

    /// <summary>Name of this node (NODE_ID); null when <see cref="Configuration.NodeIdFile"/> gives one.</summary>
    public required string? NodeId { get; init; }

    /// <summary>LEASE_TIME.</summary>
    public required TimeSpan LeaseTime { get; init; }

    /// <summary>Role in a cluster (MODE); <see cref="NodeRole.None"/> without one.</summary>
    public required NodeRole Role { get; init; }

    /// <summary>Whether the dashboard is served (DASHBOARD_ENABLED).</summary>
    public required bool DashboardEnabled { get; init; }

    /// <summary>Whether the queue board is served (BULL_BOARD_ENABLED).</summary>
    public required bool QueueBoardEnabled { get; init; }

    /// <summary>Least level that is logged (LOG_LEVEL): Trace, Debug, Information, Warning or Error.</summary>
    public required LogLevel LogLevel { get; init; }

    /// <summary>How lines are written to standard output (LOG_FORMAT).</summary>
    public required LogFormat LogFormat { get; init; }

    /// <summary>Log lines kept for GET /logs (MAX_LOGS); 0 keeps none.</summary>
    public required int LogLinesMax { get; init; }

    /// <summary>Where the configuration of the proxy stands (PROXY_CONFIG, and the HOCON file); it was right when the
    /// settings were loaded.</summary>
    public required ProxySource Proxy { get; init; }

    /// <summary>Says nothing of the key and the secrets.</summary>
    public override string ToString() =>
        $"{nameof(BalancerSettings)} {{ Port = {Port}, Store = {Store}, DataDirectory = {DataDirectory} }}";

    /// <summary>Takes the values over.</summary>
    /// <param name="values">All of them, right.</param>
    /// <param name="bindAddresses">Where to listen, settled.</param>
    /// <param name="workingDirectory">What relative paths start from.</param>
    /// <param name="proxy">Where the configuration of the proxy stands.</param>
    public static BalancerSettings From(
        SettingValues values, IReadOnlyList<IPAddress> bindAddresses, string workingDirectory, ProxySource proxy)
    {
        var attemptTimeout = values.Get(SettingsTable.AttemptTimeout);
        var authKey = values.Get(SettingsTable.AuthKey);
        var store = RedisSettings.StoreOf(values);
        return new BalancerSettings
        {
            Port = values.Get(SettingsTable.Port),
            BindAddresses = bindAddresses,
            AuthKey = authKey.Length == 0 ? null : authKey,
            AuthFailuresPerMinuteMax = values.Get(SettingsTable.AuthFailureLimit),
            RequestBodyBytesMax = values.Get(SettingsTable.RequestBodyLimit),
            WorkersFile = Path.GetFullPath(values.Get(SettingsTable.WorkersFile), workingDirectory),
            WorkerDiscoveryInterval = values.Get(SettingsTable.WorkerDiscoveryInterval),
            WorkerDiscoveryTimeout = values.Get(SettingsTable.WorkerDiscoveryTimeout),
            WorkerDiscoveryRetries = values.Get(SettingsTable.WorkerDiscoveryRetries),
            HeartbeatInterval = values.Get(SettingsTable.HeartbeatInterval),
            HeartbeatTimeout = values.Get(SettingsTable.HeartbeatTimeout),
            Strategy = values.Get(SettingsTable.Strategy),
            TaskTimeout = values.Get(SettingsTable.TaskTimeout),
            AttemptTimeout = attemptTimeout == TimeSpan.Zero ? null : attemptTimeout,
            TaskAttemptsMax = values.Get(SettingsTable.TaskAttempts),
            RetryBackoff = values.Get(SettingsTable.RetryBackoff),
            RetryBackoffMax = values.Get(SettingsTable.RetryBackoffMax),
            QueueTasksMax = values.Get(SettingsTable.QueueLimit),
            IntakeTasksMax = values.Get(SettingsTable.IntakeLimit),
            ResultBytesMax = values.Get(SettingsTable.ResultLimit),
            QueuedBytesMax = values.Get(SettingsTable.QueueBytesLimit),
            NoWorkerGrace = values.Get(SettingsTable.NoWorkerGrace),
            DrainTimeout = values.Get(SettingsTable.DrainTimeout),
            ResultRetention = values.Get(SettingsTable.ResultRetention),
            DeadRetention = values.Get(SettingsTable.DeadRetention),
            WebhookSecrets = Kinds.SecretListKind.Split(values.Get(SettingsTable.WebhookSecret)),
            WebhookTimeout = values.Get(SettingsTable.WebhookTimeout),
            WebhookRetriesMax = values.Get(SettingsTable.WebhookMaxRetries),
            WebhookRetryDelay = values.Get(SettingsTable.WebhookRetryDelay),
            WebhookRetryDelayMax = values.Get(SettingsTable.WebhookRetryDelayMax),
            WebhookAllowPrivate = values.Get(SettingsTable.WebhookAllowPrivate),
            Store = store,
            DataDirectory = Path.GetFullPath(values.Get(SettingsTable.DataDirectory), workingDirectory),
            WriteBehindDelay = values.Get(SettingsTable.WriteBehindDelay),
            Redis = store == StoreKind.Redis ? RedisSettings.From(values, workingDirectory) : null,
            NodeId = values.Get(SettingsTable.NodeId) is { Length: > 0 } node ? node : null,
            LeaseTime = values.Get(SettingsTable.LeaseTime),
            Role = values.Get(SettingsTable.Mode),
            DashboardEnabled = values.Get(SettingsTable.DashboardEnabled),
            QueueBoardEnabled = values.Get(SettingsTable.QueueBoardEnabled),
            LogLevel = values.Get(SettingsTable.LogLevel),
            LogFormat = values.Get(SettingsTable.LogFormat),
            LogLinesMax = values.Get(SettingsTable.MaxLogs),
            Proxy = proxy,
        };
    }
}
