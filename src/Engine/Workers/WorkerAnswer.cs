namespace ActorBalancer.Engine.Workers;

/// <summary>What came of something that an operator wants of a worker.</summary>
public enum WorkerAnswerKind : byte
{
    /// <summary>There is no such worker.</summary>
    Unknown,

    /// <summary>Done.</summary>
    Done,

    /// <summary>The worker's own key is not known at this node.</summary>
    KeyMissing,

    /// <summary>The worker cannot be reached, refuses, or answers something that it should not.</summary>
    Failed,

    /// <summary>The worker did not answer in time.</summary>
    TimedOut,
}

/// <summary>What came of something that an operator wants of a worker.</summary>
/// <param name="Kind">What.</param>
/// <param name="Value">What was asked for; null unless it was done.</param>
/// <param name="Error">Why the worker failed, in one sentence; null otherwise.</param>
public readonly record struct WorkerAnswer<T>(WorkerAnswerKind Kind, T? Value, string? Error)
    where T : class;
