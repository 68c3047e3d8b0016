namespace ActorBalancer.Api.Status;

/// <summary>How things went in one step of the history. Immutable.</summary>
internal sealed record HistoryPoint
{
    /// <summary>Its end, in Unix milliseconds.</summary>
    public required long AtMilliseconds { get; init; }

    /// <summary>What was counted in the step.</summary>
    public required StatusRates Rates { get; init; }

    /// <summary>From submission to the end, of the tasks that ended in the step.</summary>
    public required LatencyQuantiles Total { get; init; }

    /// <summary>The queues at its end.</summary>
    public required QueueTotals Queues { get; init; }

    /// <summary>The workers at its end.</summary>
    public required WorkerTotals Workers { get; init; }

    /// <summary>Memory of the process at its end, in bytes.</summary>
    public required long MemoryBytes { get; init; }
}
