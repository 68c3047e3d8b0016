using ActorBalancer.Engine.Cluster;
using ActorBalancer.Engine.Webhooks;

namespace ActorBalancer.Engine;

/// <summary>How the engine behaves. Immutable; the host has checked every range before it makes one.</summary>
public sealed record EngineOptions
{
    /// <summary>The balancer's own key, sent to workers as <c>x-lb-auth</c> and as WebSocket sub-protocol.</summary>
    public required string BalancerKey { get; init; }

    /// <summary>JSON file with the workers' URLs; need not exist yet.</summary>
    public required string WorkersFile { get; init; }

    /// <summary>How often the workers file and every worker's health are read.</summary>
    public TimeSpan DiscoveryInterval { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Longest wait for one health answer.</summary>
    public TimeSpan DiscoveryTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Failed health calls after the first one before a worker counts as offline; 0 or more.</summary>
    public int DiscoveryRetries { get; init; } = 10;

    /// <summary>How often <c>ping</c> is sent over a worker's session.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Longest wait for a status frame after a ping before the session counts as lost.</summary>
    public TimeSpan HeartbeatTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Longest time from a task's arrival to its end. For a task without a waiting caller it bounds each
    /// attempt instead.</summary>
    public TimeSpan TaskTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Longest time of one attempt; zero leaves only <see cref="TaskTimeout"/>.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.Zero;

    /// <summary>Attempts of a task, the first included; at least 1.</summary>
    public int TaskAttempts { get; init; } = 3;

    /// <summary>Upper edge of the first retry's random delay; it doubles with every attempt.</summary>
    public TimeSpan RetryBackoff { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Upper edge of any retry's random delay.</summary>
    public TimeSpan RetryBackoffMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Most tasks inside one queue, waiting or running.</summary>
    public int QueueLimit { get; init; } = 1_000_000;

    /// <summary>Most tasks inside the engine.</summary>
    public int IntakeLimit { get; init; } = 2_000_000;

    /// <summary>Largest answer of a worker in bytes.</summary>
    public long ResultLimit { get; init; } = 64L * 1024 * 1024;

    /// <summary>Name of the routing strategy; see Routing.RoutingStrategies.</summary>
    public string Strategy { get; init; } = "best-score";

    /// <summary>Seed of all chance in the engine (jitter, random strategies); null takes one from the system.</summary>
    public int? Seed { get; init; }

    /// <summary>How long a sync or stream task of a known function waits while no worker serves it.</summary>
    public TimeSpan NoWorkerGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long running tasks may go on when the engine stops.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Most bytes of bodies inside the engine, in memory and on disk.</summary>
    public long QueuedBytesLimit { get; init; } = 4L << 30;

    /// <summary>How long the result of an async or webhook task is kept, unless the task says otherwise.</summary>
    public TimeSpan ResultRetention { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How long a task that failed for good is kept.</summary>
    public TimeSpan DeadRetention { get; init; } = TimeSpan.FromDays(7);

    /// <summary>What this node of a cluster does; only with a shared store, and then not null.</summary>
    public ClusterOptions? Cluster { get; init; }

    /// <summary>How results are delivered.</summary>
    public WebhookOptions Webhooks { get; init; } = new();
}
