namespace ActorBalancer.Cli.Http;

/// <summary>How a balancer is reached. Immutable.</summary>
internal sealed record Connection
{
    /// <summary>Where a balancer listens when nothing else is said.</summary>
    public const string UrlDefault = "http://127.0.0.1:4000";

    /// <summary>Base address, with http or https; a path in it stands before every route.</summary>
    public required Uri Url { get; init; }

    /// <summary>The balancer's key; null when none was given.</summary>
    public string? Key { get; init; }

    /// <summary>Longest wait for an answer, and for the head of one that goes on.</summary>
    public TimeSpan Timeout { get; init; } = TimeoutDefault;

    /// <summary>The same for one order about many things; the default is greater, since it may take its time.</summary>
    public TimeSpan LongTimeout { get; init; } = LongTimeoutDefault;

    /// <summary>Certificates of https are not checked.</summary>
    public bool IsInsecure { get; init; }

    /// <summary>Path of certificates (PEM) that are trusted in place of the system's; null for the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>Source: ours; a balancer that cannot tell its state in that time is as good as gone.</summary>
    public static TimeSpan TimeoutDefault { get; } = TimeSpan.FromSeconds(30);

    /// <summary>Source: ours; a million tasks take seconds, a busy disk more.</summary>
    public static TimeSpan LongTimeoutDefault { get; } = TimeSpan.FromMinutes(10);

    /// <summary>The address as messages name it: without a name or password.</summary>
    public string Name => Url.GetComponents(
        UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped).TrimEnd('/');
}
