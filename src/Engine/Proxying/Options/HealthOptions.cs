namespace ActorBalancer.Engine.Proxying.Options;

/// <summary>How the health of a backend is asked, all settings resolved. Defaults as in smart-stick, but for the
/// thresholds.</summary>
public sealed record HealthOptions
{
    /// <summary>Time between two checks, of which up to a tenth is left to chance so that backends are not asked in
    /// step; 10 ms to 1 h.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What is asked for; begins with a slash.</summary>
    public string Path { get; init; } = "/";

    /// <summary>HTTP method, a token.</summary>
    public string Method { get; init; } = "GET";

    /// <summary>Which answers are good.</summary>
    public HealthAlgorithm Algorithm { get; init; } = HealthAlgorithm.HttpStatus;

    /// <summary>Longest check, 10 ms to 1 h.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Header lines of a check. Never shown.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Failed checks in a row after which a backend is down, 1 to 100. Source: HAProxy's default. The first
    /// check of all decides alone.</summary>
    public int Fall { get; init; } = 3;

    /// <summary>Good checks in a row after which it is up again, 1 to 100. Source: HAProxy's default.</summary>
    public int Rise { get; init; } = 2;

    /// <summary>The embedding application's own check in place of HTTP; null for none. It may throw: that is a failed
    /// check, and its message is what is shown.</summary>
    public HealthCheck? Check { get; init; }
}

/// <summary>Which answers to a check are good.</summary>
public enum HealthAlgorithm
{
    /// <summary>2xx only; in files <c>http-status</c>.</summary>
    HttpStatus,

    /// <summary>Any answer; in files <c>http</c>.</summary>
    Http,
}

/// <summary>A check of the embedding application's own.</summary>
/// <param name="backend">Which backend.</param>
/// <param name="cancellationToken">Ends at the check's time-out and when the backend is removed.</param>
/// <returns>True when it is well.</returns>
public delegate ValueTask<bool> HealthCheck(BackendOptions backend, CancellationToken cancellationToken);
