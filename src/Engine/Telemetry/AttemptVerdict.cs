namespace ActorBalancer.Engine.Telemetry;

/// <summary>What became of an attempt, as it is counted: once for each attempt, at the node that ran it.</summary>
internal enum AttemptVerdict : byte
{
    /// <summary>The worker answered with success.</summary>
    Succeeded,

    /// <summary>The worker called the request faulty (4xx).</summary>
    Refused,

    /// <summary>The worker had no room: the attempt does not count against the task.</summary>
    Busy,

    /// <summary>No connection was made.</summary>
    Unreachable,

    /// <summary>The worker answered 5xx or garbage, or broke off.</summary>
    Failed,

    /// <summary>The time of the attempt, or of its caller, was over.</summary>
    TimedOut,

    /// <summary>The task was called off while it ran.</summary>
    Cancelled,

    /// <summary>Whoever read the stream of the answer went away.</summary>
    Abandoned,

    /// <summary>The worker was lost while the call ran.</summary>
    Lost,

    /// <summary>In a cluster: another lease took the attempt's place, or another node ended the task.</summary>
    Revoked,
}
