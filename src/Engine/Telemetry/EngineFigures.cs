using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Telemetry;

/// <summary>What this process has counted since it started. Counts only grow. Immutable.</summary>
public sealed record EngineFigures
{
    /// <summary>Nothing yet.</summary>
    public static EngineFigures None { get; } = new();

    /// <summary>Tasks taken in at this node.</summary>
    public long Submitted { get; init; }

    /// <summary>Tasks that succeeded.</summary>
    public long Succeeded { get; init; }

    /// <summary>Tasks that failed for good.</summary>
    public long Dead { get; init; }

    /// <summary>Tasks that were called off.</summary>
    public long Cancelled { get; init; }

    /// <summary>Tasks that did not start in time.</summary>
    public long Expired { get; init; }

    /// <summary>Attempts that began.</summary>
    public long Attempts { get; init; }

    /// <summary>Attempts that failed and were followed by another.</summary>
    public long Retries { get; init; }

    /// <summary>Tasks that run at this moment.</summary>
    public long Running { get; init; }

    /// <summary>From submission (or due time) to the first lease.</summary>
    public LatencyFigures Wait { get; init; } = LatencyFigures.None;

    /// <summary>From lease to the worker's answer, of each attempt.</summary>
    public LatencyFigures Run { get; init; } = LatencyFigures.None;

    /// <summary>From submission to the end.</summary>
    public LatencyFigures Total { get; init; } = LatencyFigures.None;

    /// <summary>Ended tasks by final state.</summary>
    /// <param name="state">A final state.</param>
    public long Ended(TaskState state) => state switch
    {
        TaskState.Succeeded => Succeeded,
        TaskState.Dead => Dead,
        TaskState.Cancelled => Cancelled,
        TaskState.Expired => Expired,
        _ => 0,
    };
}
