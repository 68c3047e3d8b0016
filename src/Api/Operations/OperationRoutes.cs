using ActorBalancer.Api.Health;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Engine.Proxying;

namespace ActorBalancer.Api.Operations;

/// <summary>Workers, nodes, the proxy, actors and the configuration, looked at and steered.</summary>
internal static class OperationRoutes
{
    private static readonly EdgeRoute Get = new(RouteAccess.BalancerKey, HttpMethods.Get);
    private static readonly EdgeRoute Post = new(RouteAccess.BalancerKey, HttpMethods.Post);

    /// <summary>Adds them to the server.</summary>
    public static void Map(IEndpointRouteBuilder endpoints, OperationsParts parts)
    {
        var engine = parts.Engine;
        MapWorkers(endpoints, new WorkersEndpoint(engine));
        endpoints.MapEdge("/nodes", Get, context => JsonAnswer.WriteAsync(
            context.Response, StatusCodes.Status200OK, json => NodesJson.Write(json, engine.Nodes)));
        var config = new ConfigEndpoint(parts.Settings, parts.Views);
        endpoints.MapEdge("/config", Get, config.ListAsync);
        endpoints.MapEdge("/config/check", Post, config.CheckAsync);
        MapProxy(endpoints, new ProxyEndpoint(parts.Proxy, parts.Shares));
        endpoints.MapEdge("/actors", Get, new ActorsEndpoint(engine.Inspect).InvokeAsync);
    }

    private static void MapWorkers(IEndpointRouteBuilder endpoints, WorkersEndpoint workers)
    {
        endpoints.MapEdge("/workers", Get, workers.ListAsync);
        endpoints.MapEdge("/workers/{id}", Get, workers.ShowAsync);
        endpoints.MapEdge("/workers/{id}/logs", Get, workers.ShowLogsAsync);
        endpoints.MapEdge("/workers/{id}/on", Post, context => workers.SwitchAsync(context, isOn: true));
        endpoints.MapEdge("/workers/{id}/off", Post, context => workers.SwitchAsync(context, isOn: false));
        endpoints.MapEdge("/workers/{id}/drain", Post, workers.DrainAsync);
        endpoints.MapEdge("/dashboard/api/workers", Get, workers.ListAsAnderaAsync);
        endpoints.MapEdge("/dashboard/api/workers/{id}/logs", Get, workers.ShowLogsAsync);
    }

    private static void MapProxy(IEndpointRouteBuilder endpoints, ProxyEndpoint proxy)
    {
        const string Backend = "/proxy/{pool}/backends/{id}";
        endpoints.MapEdge("/proxy", Get, proxy.ListAsync);
        endpoints.MapEdge(Backend + "/up", Post, context => proxy.OrderAsync(context, BackendState.Active));
        endpoints.MapEdge(Backend + "/drain", Post, context => proxy.OrderAsync(context, BackendState.Drain));
        endpoints.MapEdge(Backend + "/down", Post, context => proxy.OrderAsync(context, BackendState.Down));
    }
}
