namespace ActorBalancer.Engine;

/// <summary>The nodes as operators see them.</summary>
/// <param name="IsCluster">True for a node of a cluster.</param>
/// <param name="Nodes">The living nodes by name, as last heard; outside of a cluster this process alone. Without this
/// one for a moment at its start, and while another process has its name.</param>
public sealed record NodesView(bool IsCluster, IReadOnlyList<NodeView> Nodes);

/// <summary>A node as operators see it.</summary>
public sealed record NodeView
{
    /// <summary>Its name; null outside of a cluster.</summary>
    public required string? Id { get; init; }

    /// <summary>True for the node that tells of it.</summary>
    public required bool IsSelf { get; init; }

    /// <summary>True when it owns workers and runs tasks.</summary>
    public required bool IsEngine { get; init; }

    /// <summary>True when it takes tasks in.</summary>
    public required bool IsApi { get; init; }

    /// <summary>Name of its machine.</summary>
    public required string Host { get; init; }

    /// <summary>Its process there.</summary>
    public required int ProcessId { get; init; }

    /// <summary>Version of the program.</summary>
    public required string Version { get; init; }

    /// <summary>When it began, in Unix milliseconds; in a cluster by the clock that all nodes share. 0: not yet.
    /// </summary>
    public required long StartedAtMilliseconds { get; init; }

    /// <summary>True when it is on its way out.</summary>
    public required bool IsLeaving { get; init; }

    /// <summary>URLs of the workers that it owns, sorted.</summary>
    public required IReadOnlyList<string> Owns { get; init; }
}
