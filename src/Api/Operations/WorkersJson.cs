using System.Text.Json;
using ActorBalancer.Engine;
using ActorBalancer.Engine.Workers;
using WorkerJson = ActorBalancer.Api.Health.WorkerJson;

namespace ActorBalancer.Api.Operations;

/// <summary>Writes the body of <c>GET /workers</c>.</summary>
internal static class WorkersJson
{
    /// <summary>Writes all workers.</summary>
    public static void Write(Utf8JsonWriter json, BalancerEngine engine)
    {
        json.WriteStartObject();
        json.WriteStartArray("workers"u8);
        foreach (var worker in engine.Workers)
            Write(json, worker);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Writes one worker.</summary>
    public static void Write(Utf8JsonWriter json, WorkerSnapshot worker) => WorkerJson.WriteFull(json, worker);
}
