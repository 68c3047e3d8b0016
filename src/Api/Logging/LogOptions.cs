using ActorBalancer.Api.Configuration;

namespace ActorBalancer.Api.Logging;

/// <summary>What the log needs to know.</summary>
/// <param name="Level">Least level that is logged; at Debug and below stack traces are too.</param>
/// <param name="Format">How lines are written to the output.</param>
/// <param name="LinesMax">Lines kept for <c>GET /logs</c>; 0 keeps none.</param>
internal sealed record LogOptions(LogLevel Level, LogFormat Format, int LinesMax)
{
    /// <summary>Takes what concerns the log from all settings.</summary>
    public static LogOptions From(BalancerSettings settings) =>
        new(settings.LogLevel, settings.LogFormat, settings.LogLinesMax);
}
