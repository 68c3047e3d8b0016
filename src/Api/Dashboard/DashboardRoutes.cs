using ActorBalancer.Api.Operations;

namespace ActorBalancer.Api.Dashboard;

/// <summary>The dashboard's files and its sessions.</summary>
internal static class DashboardRoutes
{
    /// <summary>Adds them to the server.</summary>
    public static void Map(IEndpointRouteBuilder endpoints, OperationsParts parts)
    {
    }
}
