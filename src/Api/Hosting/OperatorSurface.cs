using ActorBalancer.Api.Dashboard;
using ActorBalancer.Api.Metrics;
using ActorBalancer.Api.OpenApi;
using ActorBalancer.Api.Operations;
using ActorBalancer.Api.Status;

namespace ActorBalancer.Api.Hosting;

/// <summary>Everything that is there for operators, beside the tasks.</summary>
internal static class OperatorSurface
{
    /// <summary>Adds all of it to the server.</summary>
    public static void Map(IEndpointRouteBuilder endpoints, OperationsParts parts)
    {
        var lifetime = endpoints.ServiceProvider.GetRequiredService<IHostApplicationLifetime>();
        parts = parts with { Stopping = lifetime.ApplicationStopping };
        OperationRoutes.Map(endpoints, parts);
        StatusRoutes.Map(endpoints, parts);
        MetricsRoutes.Map(endpoints, parts);
        DashboardRoutes.Map(endpoints, parts);
        OpenApiRoutes.Map(endpoints, parts);
    }
}
