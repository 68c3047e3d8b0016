namespace ActorBalancer.Engine.Cluster;

/// <summary>A node as it tells of itself to the others.</summary>
public sealed record ClusterMember
{
    /// <summary>Its name (<see cref="ClusterOptions.NodeId"/>).</summary>
    public required string Id { get; init; }

    /// <summary>Number of this life; no life of any node had it before.</summary>
    public required long Life { get; init; }

    /// <summary>True when it owns workers and runs tasks.</summary>
    public bool IsEngine { get; init; }

    /// <summary>True when it takes tasks in.</summary>
    public bool IsApi { get; init; }

    /// <summary>True when it is on its way out: it takes no worker any more.</summary>
    public bool IsLeaving { get; init; }

    /// <summary>Name of its machine.</summary>
    public string Host { get; init; } = "";

    /// <summary>Its process there.</summary>
    public int ProcessId { get; init; }

    /// <summary>Version of the program.</summary>
    public string Version { get; init; } = "";

    /// <summary>When this life began, by Redis' clock, in Unix milliseconds.</summary>
    public long StartedAtMilliseconds { get; init; }

    /// <summary>The workers that its workers file names.</summary>
    public IReadOnlyList<string> Urls { get; init; } = [];
}
