using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Workers;

/// <summary>How one attempt ended.</summary>
internal enum AttemptKind : byte
{
    /// <summary>The worker answered 2xx with JSON.</summary>
    Succeeded,

    /// <summary>The worker answered 4xx: the request's own fault, not tried again.</summary>
    Refused,

    /// <summary>The worker has no room or is in maintenance; the attempt does not count.</summary>
    Busy,

    /// <summary>No connection was made; the worker never saw the task.</summary>
    Unreachable,

    /// <summary>The worker answered 5xx or garbage, or broke off.</summary>
    Failed,

    /// <summary>Ended by the queue, because its time was over.</summary>
    Cancelled,

    /// <summary>Ended by whoever read the stream of its answer.</summary>
    Abandoned,

    /// <summary>Ended by the worker's actor, because the worker was lost while the call ran.</summary>
    Lost,
}

/// <summary>How one attempt ended. Whoever receives it disposes the reply or passes it on.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Status">The worker's HTTP status; 0 when there was none.</param>
/// <param name="Reply">The worker's body for <see cref="AttemptKind.Succeeded"/>; null otherwise.</param>
/// <param name="Error">One sentence about a failure; null on success, and for <see cref="AttemptKind.Refused"/> when
/// the worker gave no words of its own.</param>
internal readonly record struct AttemptResult(AttemptKind Kind, int Status, WorkerReply? Reply, string? Error)
{
    public static AttemptResult Fault(AttemptKind kind, string error, int status = 0) => new(kind, status, null, error);
}
