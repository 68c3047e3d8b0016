using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Operations;
using ActorBalancer.Engine.Telemetry;

namespace ActorBalancer.Api.Metrics;

/// <summary>The figures for Prometheus.</summary>
internal static class MetricsRoutes
{
    /// <summary>Adds them to the server. They are counted from now on, whether somebody asks or not.</summary>
    public static void Map(IEndpointRouteBuilder endpoints, OperationsParts parts)
    {
        var collector = new MetricsCollector(
            parts.Engine.ActorSystem, Histograms, parts.Loggers.CreateLogger("ActorBalancer.Api"));
        var lifetime = endpoints.ServiceProvider.GetRequiredService<IHostApplicationLifetime>();
        lifetime.ApplicationStopped.Register(collector.Dispose);
        endpoints.MapEdge(
            "/metrics", new EdgeRoute(RouteAccess.BalancerKey, HttpMethods.Get),
            new MetricsEndpoint(collector, parts.Meters.Queues).InvokeAsync);

        IEnumerable<LatencyFamily> Histograms() => parts.Proxy() is { } proxy
            ? [.. parts.Engine.Histograms, proxy.Latencies]
            : parts.Engine.Histograms;
    }
}
