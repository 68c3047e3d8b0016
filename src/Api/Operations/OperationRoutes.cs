using ActorBalancer.Api.Health;
using ActorBalancer.Api.Hosting;

namespace ActorBalancer.Api.Operations;

/// <summary>Workers, nodes, the proxy, actors and the configuration, looked at and steered.</summary>
internal static class OperationRoutes
{
    /// <summary>Adds them to the server.</summary>
    public static void Map(IEndpointRouteBuilder endpoints, OperationsParts parts)
    {
        var engine = parts.Engine;
        var get = new EdgeRoute(RouteAccess.BalancerKey, HttpMethods.Get);
        var workers = new WorkersEndpoint(engine);
        endpoints.MapEdge("/workers", get, workers.ListAsync);
        endpoints.MapEdge("/workers/{id}", get, workers.ShowAsync);
        endpoints.MapEdge("/dashboard/api/workers", get, workers.ListAsAnderaAsync);
        endpoints.MapEdge("/nodes", get, context => JsonAnswer.WriteAsync(
            context.Response, StatusCodes.Status200OK, json => NodesJson.Write(json, engine.Nodes)));
        endpoints.MapEdge("/proxy", get, context => JsonAnswer.WriteAsync(
            context.Response,
            StatusCodes.Status200OK,
            json => ProxyJson.Write(json, parts.Proxy(), parts.Shares)));
        endpoints.MapEdge("/actors", get, new ActorsEndpoint(engine.Inspect).InvokeAsync);
    }
}
