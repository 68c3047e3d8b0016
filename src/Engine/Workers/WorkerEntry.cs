using ActorBalancer.Engine.Cluster;

namespace ActorBalancer.Engine.Workers;

/// <summary>One line of the workers file.</summary>
/// <param name="Url">Base URL as written, without a trailing slash; also the worker's identity.</param>
/// <param name="AuthKey">The worker's own key, used when a task brings none; null when unknown.</param>
/// <param name="Weight">Share of the work for strategies that weigh; 1 to 1000.</param>
/// <param name="Zone">A free name of where the worker stands; null when not said.</param>
public sealed record WorkerEntry(string Url, string? AuthKey = null, int Weight = 1, string? Zone = null)
{
    /// <summary>Largest weight. Source: ours; beyond a thousand a share is no longer visible.</summary>
    public const int WeightMax = 1000;

    /// <summary>Under what this node of a cluster may call the worker; null outside of one: always.</summary>
    internal WorkerLease? Lease { get; init; }
}
