using System.Net;
using ActorBalancer.Api.Configuration.Kinds;
using ActorBalancer.Api.Logging;

namespace ActorBalancer.Api.Configuration;

/// <summary>
/// Every setting there is, in the order of <c>hocon/reference.conf</c> and of the table in
/// <c>docs/configuration.md</c>; tests hold the three equal. Where no source is named, a range is ours: wide enough
/// for any sensible use, narrow enough to catch a wrong unit.
/// </summary>
internal static class SettingsTable
{
    /// <summary>The HOCON key under which all paths lie.</summary>
    public const string Root = "actorbalancer";

    /// <summary>Greatest number of a database of Redis. Source: ours; a server has 16 unless it is told otherwise.
    /// </summary>
    public const int RedisDatabaseMax = 65535;

    private static readonly TimeSpan TenMilliseconds = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan OneHour = TimeSpan.FromHours(1);
    private static readonly TimeSpan OneDay = TimeSpan.FromDays(1);

    // A timer of .NET runs for at most 49 days.
    private static readonly TimeSpan ThirtyDays = TimeSpan.FromDays(30);
    private static readonly ByteSizeKind Body = new(1024, 1024 * 1024 * 1024);
    private static readonly ByteSizeKind QueuedBytes = new(1024 * 1024, 1L << 50);
    private static readonly DurationKind Retention = new(TimeSpan.Zero, TimeSpan.FromDays(365));
    private static readonly BooleanKind Boolean = new();
    private static readonly TextKind FilePath = new("path", "a path", isEmptyAllowed: false, isSpaceAllowed: true);

    public static readonly Setting<int> Port = new(
        "PORT", "server.port", new WholeNumberKind(0, 65535, "0 = any free port"), "4000",
        "Port of the HTTP listener; 0 lets the system choose a free one.");

    public static readonly Setting<IReadOnlyList<IPAddress>> BindAddress = new(
        "BIND_ADDRESS", "server.bind-address", new BindAddressKind(), "",
        "Address to listen on; empty: loopback without a key, any address with one.");

    public static readonly Setting<string> AuthKey = new(
        "LB_AUTH_KEY", "server.auth-key", new SecretKind(), "",
        "Key of clients, workers and tools; empty: a random one is made and kept in DATA_DIR/auth-key.")
    {
        IsSecret = true,
    };

    public static readonly Setting<string> AuthKeyFile = new(
        "LB_AUTH_KEY_FILE", "server.auth-key-file",
        new TextKind("path", "a path, or empty", isEmptyAllowed: true, isSpaceAllowed: true), "",
        "File that holds the key, in place of LB_AUTH_KEY.");

    public static readonly Setting<int> AuthFailureLimit = new(
        "AUTH_FAILURE_LIMIT", "server.auth-failure-limit", new WholeNumberKind(1, 1_000_000), "100",
        "Wrong keys that one address may send in a minute before it gets 429.");

    public static readonly Setting<long> RequestBodyLimit = new(
        "REQUEST_BODY_LIMIT", "server.request-body-limit", Body, "10mb",
        "Largest body of a request; beyond it the answer is 413.");

    public static readonly Setting<string> WorkersFile = new(
        "WORKERS_FILE", "workers.file", FilePath, "workers.json",
        "List of the workers; read again whenever it changes.");

    public static readonly Setting<TimeSpan> WorkerDiscoveryInterval = new(
        "WORKER_DISCOVERY_INTERVAL", "workers.discovery-interval", new DurationKind(TenMilliseconds, OneHour), "3000",
        "Time between two looks at the workers' list and health.");

    public static readonly Setting<TimeSpan> WorkerDiscoveryTimeout = new(
        "WORKER_DISCOVERY_TIMEOUT", "workers.discovery-timeout", new DurationKind(TenMilliseconds, OneHour), "3000",
        "How long a worker may take to say how it is.");

    public static readonly Setting<int> WorkerDiscoveryRetries = new(
        "WORKER_DISCOVERY_RETRIES", "workers.discovery-retries", new WholeNumberKind(0, 1000), "10",
        "How often a worker that does not answer is asked again before it counts as gone.");

    public static readonly Setting<TimeSpan> HeartbeatInterval = new(
        "WS_HEARTBEAT_INTERVAL", "workers.heartbeat-interval", new DurationKind(TenMilliseconds, OneHour), "3000",
        "Time between two pings to a worker's WebSocket.");

    public static readonly Setting<TimeSpan> HeartbeatTimeout = new(
        "WS_HEARTBEAT_TIMEOUT", "workers.heartbeat-timeout", new DurationKind(TenMilliseconds, OneHour), "3000",
        "How long a worker may stay silent after a ping before it counts as offline.");

    public static readonly Setting<string> Strategy = new(
        "STRATEGY", "tasks.strategy", new ChoiceKind<string>([.. StrategyNames().Select(static name => (name, name))]),
        "best-score",
        "How a worker is chosen among those that could take a task.");

    public static readonly Setting<TimeSpan> TaskTimeout = new(
        "TASK_TIMEOUT", "tasks.timeout", new DurationKind(TenMilliseconds, ThirtyDays), "300000",
        "Longest life of a task, from its arrival to its result, over all attempts.");

    public static readonly Setting<TimeSpan> AttemptTimeout = new(
        "ATTEMPT_TIMEOUT", "tasks.attempt-timeout", new DurationKind(TimeSpan.Zero, ThirtyDays), "0",
        "Longest single attempt; 0: only TASK_TIMEOUT counts.");

    public static readonly Setting<int> TaskAttempts = new(
        "TASK_ATTEMPTS", "tasks.attempts", new WholeNumberKind(1, 100), "3",
        "How often a task is tried before it has failed.");

    public static readonly Setting<TimeSpan> RetryBackoff = new(
        "RETRY_BACKOFF", "tasks.retry-backoff", new DurationKind(TimeSpan.Zero, OneHour), "200",
        "Wait before the first retry; it doubles with each one, and a random part of it is waited.");

    public static readonly Setting<TimeSpan> RetryBackoffMax = new(
        "RETRY_BACKOFF_MAX", "tasks.retry-backoff-max", new DurationKind(TimeSpan.Zero, OneDay), "10s",
        "Longest wait before a retry.");

    public static readonly Setting<int> QueueLimit = new(
        "QUEUE_LIMIT", "tasks.queue-limit", new WholeNumberKind(1, 100_000_000), "1000000",
        "Most tasks that wait in one queue; beyond it the answer is 429.");

    public static readonly Setting<int> IntakeLimit = new(
        "INTAKE_LIMIT", "tasks.intake-limit", new WholeNumberKind(1, 100_000_000), "2000000",
        "Most tasks inside the balancer, waiting and running; beyond it the answer is 503.");

    public static readonly Setting<long> ResultLimit = new(
        "RESULT_LIMIT", "tasks.result-limit", Body, "64mb",
        "Largest answer of a worker.");

    public static readonly Setting<long> QueueBytesLimit = new(
        "QUEUE_BYTES_LIMIT", "tasks.queue-bytes-limit", QueuedBytes, "4gb",
        "Most bytes of bodies inside the balancer, in memory and on disk; beyond it the answer is 503.");

    public static readonly Setting<TimeSpan> NoWorkerGrace = new(
        "NO_WORKER_GRACE", "tasks.no-worker-grace", new DurationKind(TimeSpan.Zero, OneHour), "10s",
        "How long a sync or stream task waits while all workers of its function are away; then the answer is 503.");

    public static readonly Setting<TimeSpan> DrainTimeout = new(
        "DRAIN_TIMEOUT", "tasks.drain-timeout", new DurationKind(TimeSpan.Zero, OneHour), "30s",
        "How long running tasks may go on after a stop was asked for.");

    public static readonly Setting<TimeSpan> ResultRetention = new(
        "RESULT_RETENTION", "tasks.result-retention", Retention, "24h",
        "How long an ended async or webhook task is kept with its result.");

    public static readonly Setting<TimeSpan> DeadRetention = new(
        "DEAD_RETENTION", "tasks.dead-retention", Retention, "7d",
        "How long a task that failed for good is kept.");

    public static readonly Setting<string> WebhookSecret = new(
        "WEBHOOK_SECRET", "webhooks.secret", new SecretListKind(2), "",
        "Signs deliveries; two while one takes the other's place; empty: deliveries are not signed.")
    {
        IsSecret = true,
    };

    public static readonly Setting<string> WebhookSecretFile = new(
        "WEBHOOK_SECRET_FILE", "webhooks.secret-file",
        new TextKind("path", "a path, or empty", isEmptyAllowed: true, isSpaceAllowed: true), "",
        "File that holds the secrets, in place of WEBHOOK_SECRET.");

    public static readonly Setting<TimeSpan> WebhookTimeout = new(
        "WEBHOOK_TIMEOUT", "webhooks.timeout", new DurationKind(TenMilliseconds, OneHour), "5000",
        "Longest time of one delivery.");

    public static readonly Setting<int> WebhookMaxRetries = new(
        "WEBHOOK_MAX_RETRIES", "webhooks.max-retries", new WholeNumberKind(0, 1000), "10",
        "How often a failed delivery is tried again before it is dead.");

    public static readonly Setting<TimeSpan> WebhookRetryDelay = new(
        "WEBHOOK_RETRY_DELAY", "webhooks.retry-delay", new DurationKind(TimeSpan.Zero, OneHour), "1000",
        "Wait before the first retry of a delivery; it doubles with each one, and a random part of it is waited.");

    public static readonly Setting<TimeSpan> WebhookRetryDelayMax = new(
        "WEBHOOK_RETRY_DELAY_MAX", "webhooks.retry-delay-max", new DurationKind(TimeSpan.Zero, OneDay), "1h",
        "Longest wait before a retry of a delivery, the receiver's Retry-After included.");

    public static readonly Setting<bool> WebhookAllowPrivate = new(
        "WEBHOOK_ALLOW_PRIVATE", "webhooks.allow-private", Boolean, "false",
        "Whether deliveries may go to private and loopback addresses; link-local ones are always refused.");

    public static readonly Setting<string> ProxyConfig = new(
        "PROXY_CONFIG", "proxy.config",
        new TextKind("path", "a path, or empty", isEmptyAllowed: true, isSpaceAllowed: true), "",
        "smart-stick config.json of a pool of the reverse proxy; read again whenever it changes; empty: none.");

    public static readonly Setting<StoreKind> Store = new(
        "STORE", "storage.store",
        new ChoiceKind<StoreKind>(
            [("sqlite", StoreKind.Sqlite), ("memory", StoreKind.Memory), ("redis", StoreKind.Redis)]),
        "sqlite",
        "Where tasks are kept: sqlite survives a restart, memory does not, redis makes a cluster of all nodes on it; "
            + "not set: redis when REDIS_URL or REDIS_HOST is set.");

    public static readonly Setting<string> DataDirectory = new(
        "DATA_DIR", "storage.data-dir", FilePath, "data",
        "Directory of the database and of the key that is made when none is set.");

    public static readonly Setting<TimeSpan> WriteBehindDelay = new(
        "WRITE_BEHIND_DELAY", "storage.write-behind-delay",
        new DurationKind(TimeSpan.Zero, TimeSpan.FromMinutes(1)), "20",
        "Age below which a sync task is not yet written to disk.");

    public static readonly Setting<RedisUrl?> RedisUrl = new(
        "REDIS_URL", "redis.url", new RedisUrlKind(), "",
        "Where Redis is, in one text; in place of REDIS_HOST, REDIS_PORT, REDIS_USER, REDIS_PASSWORD, REDIS_DB and "
            + "REDIS_TLS.")
    {
        IsSecret = true,
    };

    public static readonly Setting<string> RedisHost = new(
        "REDIS_HOST", "redis.host",
        new TextKind("host", "a host name or an IP address", isEmptyAllowed: false, isSpaceAllowed: false), "localhost",
        "Host of Redis.");

    public static readonly Setting<int> RedisPort = new(
        "REDIS_PORT", "redis.port", new WholeNumberKind(1, 65535), "6379",
        "Port of Redis.");

    public static readonly Setting<string> RedisUser = new(
        "REDIS_USER", "redis.user",
        new TextKind("name", "a name without blanks, or empty", isEmptyAllowed: true, isSpaceAllowed: false), "",
        "User of Redis; empty: the default one.");

    public static readonly Setting<string> RedisPassword = new(
        "REDIS_PASSWORD", "redis.password", new SecretKind(), "",
        "Password of Redis; empty: none.")
    {
        IsSecret = true,
    };

    public static readonly Setting<string> RedisPasswordFile = new(
        "REDIS_PASSWORD_FILE", "redis.password-file",
        new TextKind("path", "a path, or empty", isEmptyAllowed: true, isSpaceAllowed: true), "",
        "File that holds the password, in place of REDIS_PASSWORD.");

    public static readonly Setting<int> RedisDatabase = new(
        "REDIS_DB", "redis.db", new WholeNumberKind(0, RedisDatabaseMax), "0",
        "Number of the database.");

    public static readonly Setting<bool> RedisTls = new(
        "REDIS_TLS", "redis.tls", Boolean, "false",
        "Whether Redis is spoken to over TLS.");

    public static readonly Setting<string> RedisTlsCaFile = new(
        "REDIS_TLS_CA_FILE", "redis.tls-ca-file",
        new TextKind("path", "a path, or empty", isEmptyAllowed: true, isSpaceAllowed: true), "",
        "PEM file of the authorities that are trusted for Redis; empty: those of the system.");

    public static readonly Setting<bool> RedisTlsVerify = new(
        "REDIS_TLS_VERIFY", "redis.tls-verify", Boolean, "true",
        "Whether the certificate of Redis must be valid for its name.");

    public static readonly Setting<string> RedisPrefix = new(
        "REDIS_PREFIX", "redis.prefix", new NameKind("prefix", "-_.:", 64, isEmptyAllowed: false), Root,
        "What all keys in Redis begin with; nodes with the same one are a cluster.");

    public static readonly Setting<TimeSpan> RedisTimeout = new(
        "REDIS_TIMEOUT", "redis.timeout", new DurationKind(TenMilliseconds, TimeSpan.FromMinutes(1)), "3000",
        "Longest wait for an answer of Redis.");

    public static readonly Setting<int> RedisWaitReplicas = new(
        "REDIS_WAIT_REPLICAS", "redis.wait-replicas", new WholeNumberKind(0, 10), "0",
        "Replicas of Redis that must have a task before it is acknowledged.");

    public static readonly Setting<string> NodeId = new(
        "NODE_ID", "cluster.node-id", new NameKind("name", "-_", 128, isEmptyAllowed: true), "",
        "Name of this node, no other living one has the same; empty: the machine's name and a random part, kept in "
            + "DATA_DIR/node-id.");

    public static readonly Setting<TimeSpan> LeaseTime = new(
        "LEASE_TIME", "cluster.lease-time",
        new DurationKind(TimeSpan.FromMilliseconds(500), TimeSpan.FromMinutes(10)), "10s",
        "How long a node may give no sign of life before others take over what it had; the same on all nodes.");

    public static readonly Setting<NodeRole> Mode = new(
        "MODE", "cluster.mode",
        new ChoiceKind<NodeRole>(
            [("none", NodeRole.None), ("master", NodeRole.Master), ("worker", NodeRole.Worker)]),
        "none",
        "Role in a cluster: master owns workers and runs tasks, worker serves the HTTP API, none does both.");

    public static readonly Setting<string> MasterServerIp = new(
        "MASTER_SERVER_IP", "cluster.master-server-ip",
        new TextKind("host", "anything, or empty", isEmptyAllowed: true, isSpaceAllowed: true), "",
        "Accepted for NDID's sake and not needed: nodes meet in Redis.");

    public static readonly Setting<string> MasterServerPort = new(
        "MASTER_SERVER_PORT", "cluster.master-server-port",
        new TextKind("port", "anything, or empty", isEmptyAllowed: true, isSpaceAllowed: true), "",
        "Accepted for NDID's sake and not needed: nodes meet in Redis.");

    public static readonly Setting<bool> DashboardEnabled = new(
        "DASHBOARD_ENABLED", "dashboard.enabled", Boolean, "true",
        "Whether the dashboard is served, at /dashboard.");

    public static readonly Setting<bool> QueueBoardEnabled = new(
        "BULL_BOARD_ENABLED", "dashboard.queue-board-enabled", Boolean, "true",
        "Whether the queue board is served, at /bull.");

    public static readonly Setting<LogLevel> LogLevel = new(
        "LOG_LEVEL", "log.level",
        new ChoiceKind<LogLevel>(
        [
            ("error", Microsoft.Extensions.Logging.LogLevel.Error),
            ("warn", Microsoft.Extensions.Logging.LogLevel.Warning),
            ("info", Microsoft.Extensions.Logging.LogLevel.Information),
            ("http", Microsoft.Extensions.Logging.LogLevel.Information),
            ("verbose", Microsoft.Extensions.Logging.LogLevel.Debug),
            ("debug", Microsoft.Extensions.Logging.LogLevel.Debug),
            ("silly", Microsoft.Extensions.Logging.LogLevel.Trace),
            ("trace", Microsoft.Extensions.Logging.LogLevel.Trace),
        ]),
        "info",
        "Least level that is logged; http counts as info, verbose as debug, silly as trace.");

    public static readonly Setting<LogFormat> LogFormat = new(
        "LOG_FORMAT", "log.format",
        new ChoiceKind<LogFormat>([("text", Logging.LogFormat.Text), ("json", Logging.LogFormat.Json)]),
        "text",
        "How a log line is written to standard output; GET /logs stays text.");

    public static readonly Setting<int> MaxLogs = new(
        "MAX_LOGS", "log.lines", new WholeNumberKind(0, 100_000), "1000",
        "Last log lines that GET /logs shows.");

    /// <summary>All settings, in order.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        Port, BindAddress, AuthKey, AuthKeyFile, AuthFailureLimit, RequestBodyLimit,
        WorkersFile, WorkerDiscoveryInterval, WorkerDiscoveryTimeout, WorkerDiscoveryRetries,
        HeartbeatInterval, HeartbeatTimeout,
        Strategy, TaskTimeout, AttemptTimeout, TaskAttempts, RetryBackoff, RetryBackoffMax,
        QueueLimit, IntakeLimit, ResultLimit, QueueBytesLimit, NoWorkerGrace, DrainTimeout, ResultRetention,
        DeadRetention,
        WebhookSecret, WebhookSecretFile, WebhookTimeout, WebhookMaxRetries, WebhookRetryDelay, WebhookRetryDelayMax,
        WebhookAllowPrivate,
        ProxyConfig,
        Store, DataDirectory, WriteBehindDelay,
        RedisUrl, RedisHost, RedisPort, RedisUser, RedisPassword, RedisPasswordFile, RedisDatabase,
        RedisTls, RedisTlsCaFile, RedisTlsVerify, RedisPrefix, RedisTimeout, RedisWaitReplicas,
        NodeId, LeaseTime, Mode, MasterServerIp, MasterServerPort,
        DashboardEnabled, QueueBoardEnabled,
        LogLevel, LogFormat, MaxLogs,
    ];

    /// <summary>Each secret with the setting that names a file to read it from.</summary>
    public static IReadOnlyList<(Setting<string> Secret, Setting<string> File)> Secrets { get; } =
        [(AuthKey, AuthKeyFile), (WebhookSecret, WebhookSecretFile), (RedisPassword, RedisPasswordFile)];

    /// <summary>Finds a setting by its name in any case, with dashes or underscores; null when there is none.</summary>
    public static Setting? Find(string name)
    {
        var wanted = name.Replace('-', '_');
        return All.FirstOrDefault(setting => setting.Name.Equals(wanted, StringComparison.OrdinalIgnoreCase));
    }

    private static string[] StrategyNames() =>
    [
        "round-robin", "smooth-round-robin", "least-connections", "random", "power-of-two", "peak-ewma",
        "consistent-hash", "best-score",
    ];
}
