namespace ActorBalancer.Engine.Tasks;

/// <summary>What a sender asks for one task beyond its way to a worker. Immutable; kept with the task over restarts.
/// Null everywhere means: as the balancer is configured.</summary>
public sealed record TaskOptions
{
    /// <summary>A sync task that asks for nothing; shared by all such tasks.</summary>
    public static TaskOptions Default { get; } = new();

    /// <summary>How the result reaches the sender.</summary>
    public TaskMode Mode { get; init; }

    /// <summary>Milliseconds: of the whole life of a sync or stream task, counted from the moment it may start; of each
    /// attempt otherwise.</summary>
    public long? TimeoutMilliseconds { get; init; }

    /// <summary>Attempts, the first included.</summary>
    public int? Attempts { get; init; }

    /// <summary>Waits between attempts.</summary>
    public TaskBackoff? Backoff { get; init; }

    /// <summary>The moment that the sender named for its start, in Unix milliseconds; 0 for none.</summary>
    public long RunAtMilliseconds { get; init; }

    /// <summary>Milliseconds from its creation within which the task must have started.</summary>
    public long? TimeToLiveMilliseconds { get; init; }

    /// <summary>Milliseconds for which the ended task and its result are kept; 0 for not at all.</summary>
    public long? RetentionMilliseconds { get; init; }

    /// <summary>Names that the sender gave the task, to find it by.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Tasks of one queue with the same key run one at a time in the order of their arrival; 1 to
    /// <see cref="TaskLimits.OrderingKeyLengthMax"/> characters, compared ordinally. Null for a task that waits for no
    /// other.</summary>
    public string? OrderingKey { get; init; }

    /// <summary>Where the result is delivered; set in mode webhook only.</summary>
    public WebhookAddress? Webhook { get; init; }

    /// <summary>Value of <c>tracestate</c> as the sender gave it (W3C Trace Context); null for none.</summary>
    public string? TraceState { get; init; }

    /// <summary>The sender's idempotency key with the print of the body it came with; null for none.</summary>
    public IdempotencyMark? Idempotency { get; init; }

    /// <summary>Attempts that were used before somebody retried the ended task by hand: they do not count against
    /// <see cref="Attempts"/>.</summary>
    public int AttemptsBefore { get; init; }
}

/// <summary>Waits between the attempts of a task.</summary>
/// <param name="IsExponential">True doubles the wait with each attempt and waits a random part of it; false always
/// waits <paramref name="DelayMilliseconds"/>.</param>
/// <param name="DelayMilliseconds">Wait after the first failed attempt, 0 or more.</param>
/// <param name="MaxMilliseconds">Longest wait; null for the configured one.</param>
public sealed record TaskBackoff(bool IsExponential, long DelayMilliseconds, long? MaxMilliseconds);

/// <summary>Where a result is sent.</summary>
/// <param name="Url">Absolute http or https URL.</param>
/// <param name="Headers">Header lines of the sender's own, in order; may hold secrets, never logged.</param>
public sealed record WebhookAddress(string Url, IReadOnlyList<KeyValuePair<string, string>> Headers)
{
    /// <summary>Says nothing of headers or of the URL's query.</summary>
    public override string ToString() => nameof(WebhookAddress);
}

/// <summary>An idempotency key and the body it came with, as the first 16 bytes of their SHA-256: equal marks are equal
/// requests.</summary>
public sealed record IdempotencyMark(UInt128 Key, UInt128 Body);
