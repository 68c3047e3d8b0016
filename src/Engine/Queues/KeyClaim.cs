using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Queues;

/// <summary>What came of a claim on an idempotency key: it is the caller's, or there is an earlier task, or it is
/// refused.</summary>
internal readonly record struct KeyClaim
{
    /// <summary>The claim of a caller who is to make the task now, and to settle it; null for anybody else.</summary>
    public IdempotencyKeys.Claim? Mine { get; init; }

    /// <summary>The task that was made under the key before.</summary>
    public TaskId Earlier { get; init; }

    /// <summary>That task, when it has ended; null when it lives, or has ended just now.</summary>
    public TaskSnapshot? Ended { get; init; }

    /// <summary>Why there is neither; null otherwise.</summary>
    public TaskOutcome? Refusal { get; init; }
}
