namespace ActorBalancer.Engine.Proxying.Options;

/// <summary>Passive health: when real traffic takes a backend out for a while.</summary>
public sealed record OutlierOptions
{
    /// <summary>Failures in a row (connect errors, time-outs, no or a broken answer) that eject; 0: never.</summary>
    public int ConsecutiveFailures { get; init; } = 5;

    /// <summary>Share of 5xx answers in <see cref="Window"/> that ejects, 0 to 1, if it is also at least twice that of
    /// the rest of the pool (what all backends answer is the requests' fault); 0: never.</summary>
    public double ErrorRate { get; init; } = 0.5;

    /// <summary>Least answers in the window for <see cref="ErrorRate"/>.</summary>
    public int RequestsMin { get; init; } = 20;

    /// <summary>Over what the rate is taken.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Length of the first ejection; the n-th in a row is n times as long.</summary>
    public TimeSpan EjectionTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest ejection.</summary>
    public TimeSpan EjectionTimeMax { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Most of a pool that may be ejected at once, 0 to 1, rounded down. Backends that a check calls down
    /// count too.</summary>
    public double EjectedMax { get; init; } = 0.5;

    /// <summary>If less than this share of the pool would be left, ejections are ignored, 0 to 1. Checks are
    /// not.</summary>
    public double PanicThreshold { get; init; } = 0.34;
}

/// <summary>When a request goes to another backend. Never to the same one twice, and never after a byte of the answer
/// has gone to the client.</summary>
public sealed record RetryOptions
{
    /// <summary>Further backends that are tried, 0 to 10.</summary>
    public int Attempts { get; init; } = 2;

    /// <summary>Whether an idempotent request that got no byte of an answer is tried elsewhere; a failed connect always
    /// is.</summary>
    public bool WhenNoAnswer { get; init; } = true;

    /// <summary>Retries as a share of the requests of the last ten seconds, 0 to 1.</summary>
    public double BudgetShare { get; init; } = 0.2;

    /// <summary>Retries a second that are allowed beside the share.</summary>
    public int BudgetPerSecond { get; init; } = 10;
}

/// <summary>Times of a request; zero means none.</summary>
public sealed record TimeoutOptions
{
    /// <summary>Connecting to a backend, TLS included.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>From the whole request sent to the head of the answer; then 504.</summary>
    public TimeSpan FirstByte { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Between two pieces of a body, either way.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Without a byte either way on an upgraded connection.</summary>
    public TimeSpan Tunnel { get; init; } = TimeSpan.FromHours(1);
}

/// <summary>Limits of a pool.</summary>
public sealed record LimitOptions
{
    /// <summary>Most requests at once on each backend, upgraded connections included; 0: none.</summary>
    public int RequestsPerBackend { get; init; }

    /// <summary>Most connections to each backend; 0: none. Only HTTP/1.1.</summary>
    public int ConnectionsPerBackend { get; init; }

    /// <summary>Requests that may wait while all backends are full.</summary>
    public int Queue { get; init; } = 100;

    /// <summary>Longest wait there; then 503 with Retry-After.</summary>
    public TimeSpan QueueWait { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Largest body of a request in bytes; beyond it 413; 0: none. Source: Kestrel's default.</summary>
    public long RequestBodyMax { get; init; } = 30_000_000;

    /// <summary>Largest WebSocket message of a client in bytes; beyond it the connection is closed with 1009; 0: none.
    /// </summary>
    public long WebSocketMessageMax { get; init; } = 16 * 1024 * 1024;
}

/// <summary>How a backend leaves, whether drained by hand or taken out of the file.</summary>
public sealed record DrainOptions
{
    /// <summary>Drained once no more than this many sessions are left (requests that run, connections that are open,
    /// sticky clients of the last <see cref="SessionIdle"/>).</summary>
    public int SessionsMax { get; init; }

    /// <summary>Drained at the latest after this; open WebSockets are then closed with 1001.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a sticky client counts as a session after its last request.</summary>
    public TimeSpan SessionIdle { get; init; } = TimeSpan.FromMinutes(1);
}

/// <summary>The access log of a pool.</summary>
public sealed record AccessLogOptions
{
    /// <summary>How a line is written.</summary>
    public AccessLogFormat Format { get; init; }

    /// <summary>File that lines are added to; null: the standard output.</summary>
    public string? Path { get; init; }
}

/// <summary>How a line of the access log is written.</summary>
public enum AccessLogFormat
{
    /// <summary>Not at all.</summary>
    Off,

    /// <summary>One JSON object.</summary>
    Json,

    /// <summary>Apache's combined format.</summary>
    Combined,
}
