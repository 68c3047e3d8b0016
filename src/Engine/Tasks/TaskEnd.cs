namespace ActorBalancer.Engine.Tasks;

/// <summary>How a task ended, and what is kept of it.</summary>
public sealed record TaskEnd
{
    /// <summary>A final state.</summary>
    public required TaskState State { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public required long AtMilliseconds { get; init; }

    /// <summary>Unix milliseconds until which the ended task is kept in the archive; null keeps nothing at all, and
    /// a moment that has come keeps only the memory that there was such a task.</summary>
    public long? KeptUntilMilliseconds { get; init; }

    /// <summary>The worker's whole answer; null when there is none.</summary>
    public byte[]? Result { get; init; }

    /// <summary>Content type of the answer; null for JSON.</summary>
    public string? ResultContentType { get; init; }

    /// <summary>The worker's HTTP status; 0 when none counts.</summary>
    public int WorkerStatus { get; init; }

    /// <summary>Why it did not succeed; null when it did.</summary>
    public string? Error { get; init; }

    /// <summary>What the worker told while it ran: chunks and progress, oldest first.</summary>
    public IReadOnlyList<TaskEvent> Events { get; init; } = [];

    /// <summary>True when the result is to be delivered by webhook: the archive keeps the task until that is done,
    /// whatever <see cref="KeptUntilMilliseconds"/> says.</summary>
    public bool HasDelivery { get; init; }

    /// <summary>What the task's caller gets when it waits at another node; null when nobody waits there. Only shared
    /// stores keep it, for a minute.</summary>
    public byte[]? Reply { get; init; }

    // Most tasks end like this: one end serves them all.
    private static readonly TaskEnd[] ForgottenEnds =
        [.. Enum.GetValues<TaskState>().Select(static state => new TaskEnd { State = state, AtMilliseconds = 0 })];

    /// <summary>Forgotten at once: the end of a task of which nothing is kept, and at which nobody looks.</summary>
    public static TaskEnd Forgotten(TaskState state) => ForgottenEnds[(int)state];
}
