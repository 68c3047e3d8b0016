namespace ActorBalancer.Engine.Tasks;

/// <summary>A task as it stood at one moment, alive or ended. Immutable.</summary>
public sealed record TaskSnapshot
{
    /// <summary>Identity.</summary>
    public required TaskId Id { get; init; }

    /// <summary>Where it stands.</summary>
    public required TaskState State { get; init; }

    /// <summary>The queue.</summary>
    public required QueueKey Queue { get; init; }

    /// <summary>Function.</summary>
    public required string Function { get; init; }

    /// <summary>1 (highest) to <see cref="TaskLimits.PriorityMax"/>.</summary>
    public required int Priority { get; init; }

    /// <summary>How the result reaches the sender.</summary>
    public required TaskMode Mode { get; init; }

    /// <summary>Names that the sender gave it.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Tasks of its queue with the same key run one at a time; null when it has none.</summary>
    public string? OrderingKey { get; init; }

    /// <summary>Value of <c>traceparent</c>; null when its trace is its own. Lists may leave it out.</summary>
    public string? TraceParent { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public required long CreatedAtMilliseconds { get; init; }

    /// <summary>When it may run next, or, when it need not wait any more, the moment that its sender had named for its
    /// start; Unix milliseconds, 0 for neither.</summary>
    public long DueAtMilliseconds { get; init; }

    /// <summary>Start of the first attempt in Unix milliseconds; 0 before it.</summary>
    public long StartedAtMilliseconds { get; init; }

    /// <summary>Unix milliseconds; 0 while it lives.</summary>
    public long FinishedAtMilliseconds { get; init; }

    /// <summary>Until when it is kept, in Unix milliseconds; 0 while it lives.</summary>
    public long KeptUntilMilliseconds { get; init; }

    /// <summary>All attempts, oldest first, the running one included.</summary>
    public IReadOnlyList<AttemptRecord> Attempts { get; init; } = [];

    /// <summary>The worker's whole answer; null when there is none, and in lists.</summary>
    public byte[]? Result { get; init; }

    /// <summary>Content type of <see cref="Result"/>; null for JSON.</summary>
    public string? ResultContentType { get; init; }

    /// <summary>The worker's HTTP status of the end; 0 when none counts.</summary>
    public int WorkerStatus { get; init; }

    /// <summary>Why it did not succeed; null when it did, and while it lives.</summary>
    public string? Error { get; init; }

    /// <summary>How the delivery of the result stands; null when none is due.</summary>
    public WebhookDelivery? Delivery { get; init; }

    /// <summary>URL of the worker of the newest attempt; null before the first.</summary>
    public string? Worker => Attempts.Count > 0 ? Attempts[^1].Worker : null;
}
