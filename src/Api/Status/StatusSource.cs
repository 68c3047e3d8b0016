using ActorBalancer.Engine;
using ActorBalancer.Engine.Telemetry;

namespace ActorBalancer.Api.Status;

/// <summary>Where the figures come from. All of it may be read from any thread, and at no great cost.</summary>
internal sealed record StatusSource
{
    /// <summary>The engine.</summary>
    public required IBalancer Balancer { get; init; }

    /// <summary>What was counted since the start.</summary>
    public required Func<EngineFigures> Figures { get; init; }

    /// <summary>The sums of the proxy.</summary>
    public required Func<ProxyTotals> Proxy { get; init; }

    /// <summary>What the process takes.</summary>
    public required Func<ProcessUse> Process { get; init; }

    /// <summary>How many nodes the cluster has; 1 outside of one.</summary>
    public required Func<int> Nodes { get; init; }
}
