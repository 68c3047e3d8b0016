namespace ActorBalancer.Engine.Alerts;

/// <summary>Something that somebody should know. Published on the actor system's event stream.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Pool">Name of the pool; empty when the alert is about none.</param>
/// <param name="BackendId">Identity of the backend, or name of the node; empty when the alert is about no single one.
/// </param>
/// <param name="Url">Its address, or that of Redis; empty likewise.</param>
/// <param name="Owner">E-mail address of its owner; null: nobody is mailed.</param>
/// <param name="Reason">What was seen last, for people, such as <c>3 failed checks, the last: timed out after 2000
/// ms</c>.</param>
/// <param name="At">When.</param>
public sealed record Alert(
    AlertKind Kind, string Pool, string BackendId, string Url, string? Owner, string Reason, DateTimeOffset At);

/// <summary>What happened.</summary>
public enum AlertKind
{
    /// <summary>Checks call a backend down that was up.</summary>
    BackendDown,

    /// <summary>It is up again.</summary>
    BackendUp,

    /// <summary>Real traffic took it out for a while.</summary>
    BackendEjected,

    /// <summary>A draining backend has no sessions any more.</summary>
    BackendDrained,

    /// <summary>A changed configuration was refused; the old one stays.</summary>
    ReloadRefused,

    /// <summary>A node of the cluster cannot reach Redis.</summary>
    RedisLost,

    /// <summary>It can again, and Redis takes what it writes.</summary>
    RedisBack,

    /// <summary>The Redis that a node reaches is a replica: it takes no writes.</summary>
    RedisReadOnly,

    /// <summary>Redis has no memory left for what is written.</summary>
    RedisFull,

    /// <summary>A node of the cluster gives no sign of life.</summary>
    NodeLost,
}
