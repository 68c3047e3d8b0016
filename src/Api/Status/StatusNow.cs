namespace ActorBalancer.Api.Status;

/// <summary>How the balancer stands at one moment. Immutable.</summary>
internal sealed record StatusNow
{
    /// <summary>The moment.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The counters.</summary>
    public required StatusSample Sample { get; init; }

    /// <summary>Over the last <see cref="StatusSampler.RateSeconds"/>.</summary>
    public required StatusRates Rates { get; init; }

    /// <summary>From submission or due time to the first lease, over the last
    /// <see cref="StatusSampler.QuantileSeconds"/>.</summary>
    public required LatencyQuantiles Wait { get; init; }

    /// <summary>From lease to the worker's answer, likewise.</summary>
    public required LatencyQuantiles Run { get; init; }

    /// <summary>From submission to the end, likewise.</summary>
    public required LatencyQuantiles Total { get; init; }

    /// <summary>The queues when they were last counted.</summary>
    public required QueueTotals Queues { get; init; }

    /// <summary>The workers.</summary>
    public required WorkerTotals Workers { get; init; }
}
