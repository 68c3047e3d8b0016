namespace ActorBalancer.Api.Tests.Configuration;

/// <summary>A good value for each setting that is not its default, in the order of the table.</summary>
internal static class SettingsCases
{
    /// <summary>What the file of PROXY_CONFIG holds.</summary>
    public const string StickFile = """{"port": 0, "backends": [{"id": 1, "url": "http://localhost:3001"}]}""";

    public static IReadOnlyList<(string Name, string Value)> Other { get; } =
    [
        ("PORT", "4001"),
        ("BIND_ADDRESS", "192.168.1.2"),
        ("LB_AUTH_KEY", "secret key"),
        ("AUTH_FAILURE_LIMIT", "5"),
        ("REQUEST_BODY_LIMIT", "2MB"),
        ("WORKERS_FILE", "/w.json"),
        ("WORKER_DISCOVERY_INTERVAL", "1s"),
        ("WORKER_DISCOVERY_TIMEOUT", "2 seconds"),
        ("WORKER_DISCOVERY_RETRIES", "0"),
        ("WS_HEARTBEAT_INTERVAL", "400"),
        ("WS_HEARTBEAT_TIMEOUT", "0.5s"),
        ("STRATEGY", "Peak-EWMA"),
        ("TASK_TIMEOUT", "1h"),
        ("ATTEMPT_TIMEOUT", "6000"),
        ("TASK_ATTEMPTS", " 7 "),
        ("RETRY_BACKOFF", "8"),
        ("RETRY_BACKOFF_MAX", "9"),
        ("QUEUE_LIMIT", "10"),
        ("INTAKE_LIMIT", "11"),
        ("RESULT_LIMIT", "12k"),
        ("QUEUE_BYTES_LIMIT", "5gb"),
        ("NO_WORKER_GRACE", "15s"),
        ("DRAIN_TIMEOUT", "16s"),
        ("RESULT_RETENTION", "17h"),
        ("DEAD_RETENTION", "18d"),
        ("WEBHOOK_SECRET", "new,old"),
        ("WEBHOOK_TIMEOUT", "19s"),
        ("WEBHOOK_MAX_RETRIES", "20"),
        ("WEBHOOK_RETRY_DELAY", "21"),
        ("WEBHOOK_RETRY_DELAY_MAX", "22m"),
        ("WEBHOOK_ALLOW_PRIVATE", "true"),
        ("PROXY_CONFIG", "stick.json"),
        ("STORE", "memory"),
        ("DATA_DIR", "/d"),
        ("WRITE_BEHIND_DELAY", "0"),
        ("REDIS_HOST", "r"),
        ("REDIS_PORT", "13"),
        ("DASHBOARD_ENABLED", "FALSE"),
        ("BULL_BOARD_ENABLED", "0"),
        ("LOG_LEVEL", "WARN"),
        ("LOG_FORMAT", "json"),
        ("MAX_LOGS", "14"),
    ];
}
