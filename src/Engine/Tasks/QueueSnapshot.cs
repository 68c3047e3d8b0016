namespace ActorBalancer.Engine.Tasks;

/// <summary>A queue as it stood at one moment. Immutable.</summary>
public sealed record QueueSnapshot
{
    /// <summary>Its name.</summary>
    public required QueueKey Key { get; init; }

    /// <summary>True while it hands out no tasks, by order.</summary>
    public required bool IsPaused { get; init; }

    /// <summary>End of the pause in Unix milliseconds; null when it has none, or there is no pause.</summary>
    public long? PausedUntilMilliseconds { get; init; }

    /// <summary>Tasks by state; every state is there.</summary>
    public required IReadOnlyDictionary<TaskState, long> Counts { get; init; }

    /// <summary>Tasks taken in a second, over about the last ten.</summary>
    public required double InPerSecond { get; init; }

    /// <summary>Tasks ended a second, over about the last ten.</summary>
    public required double OutPerSecond { get; init; }

    /// <summary>Age of the oldest task that has not ended, in milliseconds; null when there is none.</summary>
    public long? OldestAgeMilliseconds { get; init; }
}
