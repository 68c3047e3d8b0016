using ActorBalancer.Api.Operations;

namespace ActorBalancer.Api.OpenApi;

/// <summary>The description of the HTTP interface.</summary>
internal static class OpenApiRoutes
{
    /// <summary>Adds them to the server.</summary>
    public static void Map(IEndpointRouteBuilder endpoints, OperationsParts parts)
    {
    }
}
