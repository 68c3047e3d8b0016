namespace ActorBalancer.Engine.Telemetry;

/// <summary>Told on the event stream: a file of the configuration was read, at the start or after a change.</summary>
/// <param name="File">Which: <c>workers</c> or <c>proxy</c>.</param>
/// <param name="IsGood">True when it counts now; false when the one before stays.</param>
public sealed record ConfigurationRead(string File, bool IsGood)
{
    /// <summary>The list of workers.</summary>
    public const string Workers = "workers";

    /// <summary>The pools of the proxy.</summary>
    public const string Proxy = "proxy";
}
