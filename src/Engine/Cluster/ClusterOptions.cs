namespace ActorBalancer.Engine.Cluster;

/// <summary>What a node of a cluster does. Immutable.</summary>
public sealed record ClusterOptions
{
    /// <summary>Name of the node, unique among those that run at one time: 1 to 128 letters, digits, <c>-</c>,
    /// <c>_</c>.</summary>
    public required string NodeId { get; init; }

    /// <summary>True when it owns workers and runs tasks.</summary>
    public bool IsEngine { get; init; } = true;

    /// <summary>True when it takes tasks in.</summary>
    public bool IsApi { get; init; } = true;

    /// <summary>How long what a node leases (tasks, workers, its name) stays its own without a sign of life; renewed at
    /// a third of it.</summary>
    public TimeSpan LeaseTime { get; init; } = TimeSpan.FromSeconds(10);
}
