using ActorBalancer.Api.Operations;

namespace ActorBalancer.Api.Metrics;

/// <summary>The figures for Prometheus.</summary>
internal static class MetricsRoutes
{
    /// <summary>Adds them to the server.</summary>
    public static void Map(IEndpointRouteBuilder endpoints, OperationsParts parts)
    {
    }
}
