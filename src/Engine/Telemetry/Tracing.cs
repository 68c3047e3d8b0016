using System.Diagnostics;

namespace ActorBalancer.Engine.Telemetry;

/// <summary>Where the balancer's spans come from. Nothing is made while nobody listens.</summary>
public static class Tracing
{
    /// <summary>Name of the source, for listeners.</summary>
    public const string SourceName = "ActorBalancer";

    /// <summary>Makes all spans of this process. Lives as long as it does.</summary>
    public static ActivitySource Source { get; } =
        new(SourceName, typeof(Tracing).Assembly.GetName().Version?.ToString(3));
}
