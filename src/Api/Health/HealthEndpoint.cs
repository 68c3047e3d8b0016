using System.Text.Json;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Engine;

namespace ActorBalancer.Api.Health;

/// <summary><c>GET /health</c>: whether the balancer works, and with the key also all it knows of the
/// workers.</summary>
internal sealed class HealthEndpoint(IBalancer balancer)
{
    /// <summary>Answers 200 when the engine is ready and 503 when it is not.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        var isReady = balancer.State == BalancerState.Ready;
        var withDetail = EdgeGate.HasKey(context);
        return JsonAnswer.WriteAsync(context.Response, isReady ? 200 : 503, json => Write(json, isReady, withDetail));
    }

    private void Write(Utf8JsonWriter json, bool isReady, bool withDetail)
    {
        json.WriteStartObject();
        json.WriteString("status"u8, isReady ? "ready"u8 : "unreachable"u8);
        if (withDetail)
        {
            var fleet = balancer.Fleet;
            WorkerJson.WriteList(json, "workers"u8, fleet.Workers);
            WorkerJson.WriteList(json, "invalidWorkers"u8, fleet.InvalidWorkers);
            json.WriteStartObject("services"u8);
            foreach (var (name, state) in balancer.Services)
                json.WriteString(name, state);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
