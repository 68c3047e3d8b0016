using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Queues;
using ActorBalancer.Engine;

namespace ActorBalancer.Api.Tasks;

/// <summary>The routes of tasks and queues. All need the balancer's key.</summary>
internal static class TaskRoutes
{
    /// <summary>Adds them.</summary>
    /// <param name="endpoints">The server.</param>
    /// <param name="balancer">The engine.</param>
    /// <param name="options">Settings, checked.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stopping">Set when the server stops: what waits long ends then.</param>
    public static void Map(
        IEndpointRouteBuilder endpoints,
        IBalancer balancer,
        EdgeOptions options,
        TimeProvider time,
        CancellationToken stopping)
    {
        var intake = new TaskIntake(balancer, options);
        var lookup = new LookupEndpoint(balancer, stopping);
        var cancel = new CancelEndpoint(balancer, options);
        var retry = new RetryEndpoint(balancer, options);
        var list = new ListEndpoint(balancer);
        var batch = new BatchEndpoint(balancer, intake, options);
        var many = new ManyEndpoint(balancer);
        var pause = new QueuePauseEndpoint(balancer, time);
        var post = new EdgeRoute(RouteAccess.BalancerKey, HttpMethods.Post);
        var get = new EdgeRoute(RouteAccess.BalancerKey, HttpMethods.Get);

        endpoints.MapEdge("/task", post, Traced("/task", new TaskEndpoint(balancer, intake, options).InvokeAsync));
        endpoints.MapEdge(
            "/task/{id}",
            new EdgeRoute(RouteAccess.BalancerKey, HttpMethods.Get, HttpMethods.Delete),
            ServerSpan.Around(HttpMethods.Delete, "/task/{id}", context =>
                IsDelete(context) ? cancel.InvokeAsync(context) : lookup.InvokeAsync(context)));
        endpoints.MapEdge("/task/{id}/events", get, new EventsEndpoint(balancer, time, stopping).InvokeAsync);
        endpoints.MapEdge("/task/{id}/input", get, new InputEndpoint(balancer).InvokeAsync);
        endpoints.MapEdge("/task/{id}/retry", post, Traced("/task/{id}/retry", retry.RetryTaskAsync));
        endpoints.MapEdge(
            "/task/{id}/webhook/retry", post, Traced("/task/{id}/webhook/retry", retry.RedeliverAsync));
        endpoints.MapEdge("/task/{id}/progress", post, new ProgressEndpoint(balancer, options).InvokeAsync);
        endpoints.MapEdge(
            "/tasks",
            new EdgeRoute(RouteAccess.BalancerKey, HttpMethods.Get, HttpMethods.Post, HttpMethods.Delete),
            Traced("/tasks", context => HttpMethods.IsPost(context.Request.Method) ? batch.InvokeAsync(context)
                : IsDelete(context) ? many.PurgeAsync(context)
                : list.InvokeAsync(context)));
        endpoints.MapEdge("/tasks/retry", post, Traced("/tasks/retry", many.RetryAsync));
        endpoints.MapEdge("/tasks/cancel", post, Traced("/tasks/cancel", many.CancelAsync));
        endpoints.MapEdge("/queues", get, new QueueListEndpoint(balancer).InvokeAsync);
        endpoints.MapEdge("/queues/{group}/{contract}/pause", post, pause.PauseAsync);
        endpoints.MapEdge("/queues/{group}/{contract}/resume", post, pause.ResumeAsync);
    }

    private static RequestDelegate Traced(string route, RequestDelegate handler) =>
        ServerSpan.Around(HttpMethods.Post, route, handler);

    private static bool IsDelete(HttpContext context) => HttpMethods.IsDelete(context.Request.Method);
}
