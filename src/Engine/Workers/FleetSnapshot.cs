using ActorBalancer.Protocol;

namespace ActorBalancer.Engine.Workers;

/// <summary>The known workers at one moment.</summary>
/// <param name="Workers">Those whose contract is valid, or that have not yet answered.</param>
/// <param name="InvalidWorkers">Those whose interface differs from that of their group and contract.</param>
public sealed record FleetSnapshot(IReadOnlyList<WorkerSnapshot> Workers, IReadOnlyList<WorkerSnapshot> InvalidWorkers)
{
    /// <summary>Nobody is known.</summary>
    public static FleetSnapshot Empty { get; } = new([], []);
}

/// <summary>A worker at one moment.</summary>
public sealed record WorkerSnapshot
{
    /// <summary>Base URL as it stands in the workers file.</summary>
    public required string Url { get; init; }

    /// <summary><c>ready</c>, <c>maintenance</c> or <c>offline</c>.</summary>
    public required string Status { get; init; }

    /// <summary>What the worker said last; null when it never answered.</summary>
    public WorkerHealth? Health { get; init; }

    /// <summary>Slots as this balancer counts them.</summary>
    public required WorkerSlots Slots { get; init; }

    /// <summary>True when it takes tasks as soon as a slot is free.</summary>
    public bool IsServing { get; init; }

    /// <summary>True when its interface is that of its group and contract.</summary>
    public bool ContractValid { get; init; } = true;

    /// <summary>What differs, naming the function and the parameter; null when valid.</summary>
    public string? ContractMismatchReason { get; init; }

    /// <summary>True when <c>workers.json</c> carries the worker's own key.</summary>
    public bool HasKey { get; init; }

    /// <summary>True while it gets no new tasks by an operator's order; running ones end.</summary>
    public bool IsDraining { get; init; }

    /// <summary>The node of a cluster that owns it; null when nobody does, and outside of a cluster.</summary>
    public string? Node { get; init; }
}
