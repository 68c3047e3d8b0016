using System.Text.Json;
using ActorBalancer.Api.Health;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Operations;

namespace ActorBalancer.Api.Status;

/// <summary>How the balancer stands, now, in the last minutes, and as it changes.</summary>
internal static class StatusRoutes
{
    /// <summary>Adds them to the server.</summary>
    public static void Map(IEndpointRouteBuilder endpoints, OperationsParts parts)
    {
        var source = new StatusSource
        {
            Balancer = parts.Engine,
            Figures = () => parts.Engine.Figures,
            Proxy = () => ProxyTotals.Of(parts.Proxy()),
            Process = ProcessUse.Read,
            Nodes = () => parts.Engine.Nodes.Nodes.Count,
        };
        var alerts = new AlertBook(parts.Engine.Events, parts.Time);
        var board = new StatusBoard(
            source, StatusNode.Of(parts.Settings), alerts, Feeds(parts), parts.Time,
            parts.Loggers.CreateLogger("ActorBalancer.Api"));
        var lifetime = endpoints.ServiceProvider.GetRequiredService<IHostApplicationLifetime>();
        lifetime.ApplicationStarted.Register(board.Start);
        parts.Stopping.Register(board.Dispose);
        Map(endpoints, board, parts.Stopping);
    }

    /// <summary>Adds the routes over a board that the caller starts and ends.</summary>
    internal static void Map(IEndpointRouteBuilder endpoints, StatusBoard board, CancellationToken stopping)
    {
        var get = new EdgeRoute(RouteAccess.BalancerKey, HttpMethods.Get);
        endpoints.MapEdge("/status", get, async context =>
        {
            await board.FreshenAsync();
            await JsonAnswer.WriteAsync(context.Response, StatusCodes.Status200OK, board.WriteStatus);
        });
        endpoints.MapEdge("/status/history", get, context => JsonAnswer.WriteAsync(
            context.Response, StatusCodes.Status200OK, board.WriteHistory));
        endpoints.MapEdge("/alerts", get, context => JsonAnswer.WriteAsync(
            context.Response, StatusCodes.Status200OK, board.WriteAlerts));
        endpoints.MapEdge("/events", get, new LiveEventsEndpoint(board.Hub, board.Time, stopping).InvokeAsync);
    }

    private static Dictionary<EventTopic, Func<Utf8JsonWriter, ValueTask>> Feeds(OperationsParts parts)
    {
        return new()
        {
            [EventTopic.Workers] = Of(json => WorkersJson.Write(json, parts.Engine)),
            [EventTopic.Proxy] = Of(json => ProxyJson.Write(json, parts.Proxy(), parts.Shares)),
            [EventTopic.Nodes] = Of(json => NodesJson.Write(json, parts.Engine.Nodes)),
        };

        static Func<Utf8JsonWriter, ValueTask> Of(Action<Utf8JsonWriter> write) => json =>
        {
            write(json);
            return ValueTask.CompletedTask;
        };
    }
}
