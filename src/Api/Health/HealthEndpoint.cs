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
        var state = balancer.State;
        var withDetail = EdgeGate.HasKey(context);
        return JsonAnswer.WriteAsync(
            context.Response, state == BalancerState.Ready ? 200 : 503, json => Write(json, state, withDetail));
    }

    private void Write(Utf8JsonWriter json, BalancerState state, bool withDetail)
    {
        json.WriteStartObject();
        json.WriteString("status"u8, state switch
        {
            BalancerState.Ready => "ready"u8,
            BalancerState.Draining => "draining"u8,
            _ => "unreachable"u8,
        });
        if (withDetail)
        {
            var fleet = balancer.Fleet;
            WorkerJson.WriteList(json, "workers"u8, fleet.Workers);
            WorkerJson.WriteList(json, "invalidWorkers"u8, fleet.InvalidWorkers);
            json.WriteStartObject("services"u8);
            foreach (var (name, service) in balancer.Services)
                json.WriteString(name, service);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
