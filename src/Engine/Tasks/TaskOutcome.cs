namespace ActorBalancer.Engine.Tasks;

/// <summary>How a task ended, for whoever waits for it.</summary>
public enum TaskOutcomeKind : byte
{
    /// <summary>The worker answered 200.</summary>
    Succeeded,

    /// <summary>The worker refused the request with 4xx; not retried.</summary>
    Refused,

    /// <summary>Every attempt failed.</summary>
    Failed,

    /// <summary>The task's time ran out.</summary>
    TimedOut,

    /// <summary>No valid worker serves the group, contract and function.</summary>
    NoWorker,

    /// <summary>The queue of the task is full; others may take theirs.</summary>
    QueueFull,

    /// <summary>The whole engine is full.</summary>
    Overloaded,

    /// <summary>The engine is stopping or its store cannot be reached.</summary>
    Unavailable,

    /// <summary>The worker's answer streams: <see cref="TaskOutcome.Stream"/> has it.</summary>
    Streaming,

    /// <summary>Somebody called the task off.</summary>
    Cancelled,

    /// <summary>The task did not start within its time to live.</summary>
    Expired,

    /// <summary>The idempotency key was used before with another body.</summary>
    KeyReused,

    /// <summary>The task's webhook must not be called; <see cref="TaskOutcome.Error"/> says why.</summary>
    WebhookRefused,
}

/// <summary>How a task ended. Exactly one reaches each waiting caller.</summary>
public sealed class TaskOutcome : IDisposable
{
    /// <summary>What happened.</summary>
    public required TaskOutcomeKind Kind { get; init; }

    /// <summary>The worker's status for <see cref="TaskOutcomeKind.Succeeded"/> and
    /// <see cref="TaskOutcomeKind.Refused"/>; 0 otherwise.</summary>
    public int WorkerStatus { get; init; }

    /// <summary>The worker's body, byte for byte, for <see cref="TaskOutcomeKind.Succeeded"/>; null
    /// otherwise.</summary>
    public WorkerReply? Reply { get; init; }

    /// <summary>The worker's answer as it comes, for <see cref="TaskOutcomeKind.Streaming"/>; null otherwise.</summary>
    public WorkerStream? Stream { get; init; }

    /// <summary>The task; default when none was made. Set by whoever gives the outcome to the caller.</summary>
    public TaskId TaskId { get; set; }

    /// <summary>The task's <c>traceparent</c>; null when its trace is its own, or none was made. Set with the id.
    /// </summary>
    public string? TraceParent { get; set; }

    /// <summary>One sentence for the client; null on success, and for <see cref="TaskOutcomeKind.Refused"/> when the
    /// worker gave no words of its own.</summary>
    public string? Error { get; init; }

    /// <summary>Attempts that were used.</summary>
    public int Attempts { get; init; }

    /// <summary>When the client may try again; null when nothing is known.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Gives the reply's memory back, and ends a stream that was not read to its end.</summary>
    public void Dispose()
    {
        Reply?.Dispose();
        Stream?.Dispose();
    }
}
