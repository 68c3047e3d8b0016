namespace ActorBalancer.Api.Metrics;

/// <summary>What is logged of figures.</summary>
internal static partial class MetricsLog
{
    [LoggerMessage(330, LogLevel.Warning, "A figure could not be read")]
    public static partial void ReadFailed(ILogger logger, Exception exception);
}
