using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Operations;
using ActorBalancer.Api.Security;

namespace ActorBalancer.Api.Dashboard;

/// <summary>The dashboard's files and its sessions.</summary>
internal static class DashboardRoutes
{
    private const string Home = "/dashboard";
    private const string QueueBoard = "/bull";

    /// <summary>Adds them to the server; the dashboard and the queue board are one application, each with a switch.
    /// </summary>
    public static void Map(IEndpointRouteBuilder endpoints, OperationsParts parts)
    {
        var settings = parts.Settings;
        if (!settings.DashboardEnabled && !settings.QueueBoardEnabled)
            return;
        var application = new WebFile(WebFiles.Read("index.html"), WebFiles.TypeOf("index.html"));
        var page = new EdgeRoute(RouteAccess.BalancerKey, HttpMethods.Get) { IsPage = true };
        if (settings.DashboardEnabled)
            endpoints.MapEdge(Home, page, context => application.SendAsync(context));
        if (settings.QueueBoardEnabled)
            endpoints.MapEdge(QueueBoard, page, context => application.SendAsync(context));
        MapAssets(endpoints);
        MapSessions(endpoints, settings.DashboardEnabled ? Home : QueueBoard);
    }

    private static void MapAssets(IEndpointRouteBuilder endpoints)
    {
        var assets = WebFiles.ReadFolder("assets/");
        endpoints.MapEdge(
            "/dashboard/assets/{**path}", new EdgeRoute(RouteAccess.BalancerKey, HttpMethods.Get), context =>
                assets.TryGetValue((string?)context.Request.RouteValues["path"] ?? "", out var file)
                    ? file.SendAsync(context)
                    : EdgeErrors.WriteAsync(context, EdgeErrors.NotFound));
        var style = new WebFile(WebFiles.Read("login.css"), WebFiles.TypeOf("login.css"));
        endpoints.MapEdge("/dashboard/login.css", new EdgeRoute(RouteAccess.Public, HttpMethods.Get), context =>
            style.SendAsync(context));
    }

    private static void MapSessions(IEndpointRouteBuilder endpoints, string home)
    {
        var sessions = new SessionEndpoints(
            endpoints.ServiceProvider.GetRequiredService<KeyGuard>(),
            endpoints.ServiceProvider.GetRequiredService<SessionTokens>(),
            home);
        endpoints.MapEdge(
            SessionEndpoints.LoginPath,
            new EdgeRoute(RouteAccess.Public, HttpMethods.Get, HttpMethods.Post),
            context => HttpMethods.IsPost(context.Request.Method)
                ? sessions.LogInAsync(context)
                : sessions.ShowAsync(context));
        endpoints.MapEdge(
            "/dashboard/logout", new EdgeRoute(RouteAccess.Public, HttpMethods.Post), SessionEndpoints.LogOutAsync);
        endpoints.MapEdge(
            "/dashboard/session", new EdgeRoute(RouteAccess.BalancerKey, HttpMethods.Get), sessions.DescribeAsync);
    }
}
