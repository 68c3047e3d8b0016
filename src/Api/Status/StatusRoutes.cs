using ActorBalancer.Api.Operations;

namespace ActorBalancer.Api.Status;

/// <summary>How the balancer stands, now, in the last minutes, and as it changes.</summary>
internal static class StatusRoutes
{
    /// <summary>Adds them to the server.</summary>
    public static void Map(IEndpointRouteBuilder endpoints, OperationsParts parts)
    {
    }
}
