namespace ActorBalancer.Api.Hosting;

/// <summary>Adds routes to the server.</summary>
internal static class EdgeRoutes
{
    /// <summary>Adds a route; the only way that does not leave it shut.</summary>
    /// <param name="endpoints">The server.</param>
    /// <param name="pattern">Path; small and capital letters and a slash at the end make no difference.</param>
    /// <param name="route">Who may use it and how.</param>
    /// <param name="handler">Answers those who may.</param>
    public static IEndpointConventionBuilder MapEdge(
        this IEndpointRouteBuilder endpoints, string pattern, EdgeRoute route, RequestDelegate handler) =>
        endpoints.Map(pattern, handler).WithMetadata(route);
}
