namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>Where Redis is and how it is spoken to. Immutable; the host has checked every range.</summary>
public sealed record RedisOptions
{
    /// <summary>Servers as <c>host:port</c>, one primary and any replicas of it, in any order; 1 or more.</summary>
    public required IReadOnlyList<string> Servers { get; init; }

    /// <summary>User (Redis 6 ACL); null for the default user.</summary>
    public string? User { get; init; }

    /// <summary>Password; null for none. Never logged.</summary>
    public string? Password { get; init; }

    /// <summary>True speaks TLS.</summary>
    public bool UseTls { get; init; }

    /// <summary>False takes any certificate.</summary>
    public bool VerifyTls { get; init; } = true;

    /// <summary>File of the authorities that are trusted instead of the system's, PEM; null for the system's.</summary>
    public string? TlsCaFile { get; init; }

    /// <summary>Database, 0 or more.</summary>
    public int Database { get; init; }

    /// <summary>What all keys and channels begin with; no braces.</summary>
    public string Prefix { get; init; } = "actorbalancer";

    /// <summary>Longest wait for an answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Replicas that must have a task before it is acknowledged (<c>WAIT</c>); 0 for none.</summary>
    public int WaitReplicas { get; init; }

    /// <summary>Most tasks in one queue, waiting or running.</summary>
    public int QueueLimit { get; init; } = 1_000_000;

    /// <summary>How long a node's leases hold without a sign of life; see <c>ClusterOptions.LeaseTime</c>.</summary>
    public TimeSpan LeaseTime { get; init; } = TimeSpan.FromSeconds(10);
}
