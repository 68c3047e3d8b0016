namespace ActorBalancer.Api.Operations;

/// <summary>Workers, nodes, the proxy, actors and the configuration, looked at and steered.</summary>
internal static class OperationRoutes
{
    /// <summary>Adds them to the server.</summary>
    public static void Map(IEndpointRouteBuilder endpoints, OperationsParts parts)
    {
    }
}
