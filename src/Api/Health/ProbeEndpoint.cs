using ActorBalancer.Api.Hosting;
using ActorBalancer.Engine;

namespace ActorBalancer.Api.Health;

/// <summary><c>GET /health/live</c> and <c>GET /health/ready</c>: what an orchestrator or a load balancer in front
/// asks. Anyone may; nothing is told but the state.</summary>
internal sealed class ProbeEndpoint(IBalancer balancer)
{
    /// <summary>Adds both routes.</summary>
    public static void Map(IEndpointRouteBuilder endpoints, IBalancer balancer)
    {
        var probe = new ProbeEndpoint(balancer);
        var route = new EdgeRoute(RouteAccess.Public, HttpMethods.Get);
        endpoints.MapEdge("/health/live", route, LiveAsync);
        endpoints.MapEdge("/health/ready", route, probe.ReadyAsync);
    }

    // A process that can answer lives. A store that fails is no reason to start it anew: it would find the same store.
    private static Task LiveAsync(HttpContext context) => WriteAsync(context, 200, "live", null);

    private Task ReadyAsync(HttpContext context) => balancer.State switch
    {
        BalancerState.Ready => WriteAsync(context, 200, "ready", null),
        BalancerState.Draining => WriteAsync(context, 503, "draining",
            "The balancer stops: it takes no tasks any more, running ones may end."),
        _ => WriteAsync(context, 503, "unreachable", ReasonOfStore()),
    };

    private string ReasonOfStore()
    {
        foreach (var (name, state) in balancer.Services)
        {
            if (state != "ready")
                return $"The store ({name}) cannot be reached.";
        }

        return "The balancer is starting.";
    }

    private static Task WriteAsync(HttpContext context, int status, string word, string? reason) =>
        JsonAnswer.WriteAsync(context.Response, status, json =>
        {
            json.WriteStartObject();
            json.WriteString("status"u8, word);
            if (reason is not null)
                json.WriteString("reason"u8, reason);
            json.WriteEndObject();
        });
}
