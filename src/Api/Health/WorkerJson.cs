using System.Text.Json;
using ActorBalancer.Api.Operations;
using ActorBalancer.Engine.Workers;
using ActorBalancer.Protocol;

namespace ActorBalancer.Api.Health;

/// <summary>Writes workers, as Andera's <c>GET /health</c> shows them and with all that is known.</summary>
internal static class WorkerJson
{
    /// <summary>Writes a member whose value is the list of <paramref name="workers"/>.</summary>
    public static void WriteList(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<WorkerSnapshot> workers)
    {
        json.WriteStartArray(name);
        foreach (var worker in workers)
            Write(json, worker);
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, WorkerSnapshot worker)
    {
        var health = worker.Health;
        json.WriteStartObject();
        json.WriteString("url"u8, worker.Url);
        json.WriteNumber("websocketPort"u8, health?.WebsocketPort ?? 0);
        WriteQueue(json, health);
        json.WriteString("status"u8, worker.Status);
        Write(json, worker.Slots);
        Write(json, health?.System);
        WriteFunctions(json, health?.Functions);
        WriteElement(json, "tags"u8, health?.Tags);
        WriteServices(json, health?.Services);
        json.WriteBoolean("contractValid"u8, worker.ContractValid);
        json.WriteString("contractMismatchReason"u8, worker.ContractMismatchReason);
        json.WriteEndObject();
    }

    /// <summary>Writes a worker as operators see it.</summary>
    public static void WriteFull(Utf8JsonWriter json, WorkerSnapshot worker)
    {
        var health = worker.Health;
        json.WriteStartObject();
        json.WriteString("id"u8, WorkerId.Of(worker.Url));
        json.WriteString("url"u8, worker.Url);
        json.WriteString("node"u8, worker.Node);
        WriteQueue(json, health);
        json.WriteString("status"u8, worker.Status);
        json.WriteBoolean("serving"u8, worker.IsServing);
        json.WriteBoolean("draining"u8, worker.IsDraining);
        json.WriteBoolean("hasKey"u8, worker.HasKey);
        json.WriteNumber("websocketPort"u8, health?.WebsocketPort ?? 0);
        Write(json, worker.Slots);
        Write(json, health?.System);
        WriteFunctions(json, health?.Functions);
        WriteElement(json, "tags"u8, health?.Tags);
        json.WriteStartArray("services"u8);
        foreach (var service in health?.Services ?? [])
        {
            json.WriteStartObject();
            json.WriteString("name"u8, service?.Name);
            json.WriteString("status"u8, service?.Status ?? service?.State);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteBoolean("contractValid"u8, worker.ContractValid);
        json.WriteString("contractMismatchReason"u8, worker.ContractMismatchReason);
        json.WriteEndObject();
    }

    private static void WriteQueue(Utf8JsonWriter json, WorkerHealth? health)
    {
        json.WriteString("group"u8, health?.Group);
        if (health is null)
            json.WriteNull("contract"u8);
        else
            json.WriteNumber("contract"u8, health.Contract);
    }

    private static void Write(Utf8JsonWriter json, WorkerSlots slots)
    {
        json.WriteStartObject("slots"u8);
        json.WriteNumber("used"u8, slots.Used);
        json.WriteNumber("available"u8, slots.Available);
        json.WriteNumber("limit"u8, slots.Limit);
        json.WriteNumber("queue"u8, slots.Queue);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, WorkerSystem? system)
    {
        if (system is null)
        {
            json.WriteNull("system"u8);
            return;
        }

        json.WriteStartObject("system"u8);
        WriteNumber(json, "uptime"u8, system.Uptime);
        WriteNumber(json, "cpuLoad"u8, system.CpuLoad);
        WriteNumber(json, "usedMemoryPercent"u8, system.UsedMemoryPercent);
        json.WriteEndObject();
    }

    private static void WriteFunctions(Utf8JsonWriter json, IReadOnlyList<WorkerFunction>? functions)
    {
        json.WriteStartArray("functions"u8);
        foreach (var function in functions ?? [])
        {
            json.WriteStartObject();
            json.WriteString("name"u8, function.Name);
            WriteElement(json, "params"u8, function.Params);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteServices(Utf8JsonWriter json, IReadOnlyList<WorkerService>? services)
    {
        json.WriteStartArray("services"u8);
        foreach (var service in services ?? [])
        {
            json.WriteStartObject();
            json.WriteString("name"u8, service?.Name);
            if (service?.Status is not null || service?.State is null)
                json.WriteString("status"u8, service?.Status);
            if (service?.State is not null)
                json.WriteString("state"u8, service.State);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteElement(Utf8JsonWriter json, ReadOnlySpan<byte> name, JsonElement? element)
    {
        if (element is { ValueKind: not JsonValueKind.Undefined } value)
        {
            json.WritePropertyName(name);
            value.WriteTo(json);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    // A number that overflowed when the worker's answer was read has no form in JSON.
    private static void WriteNumber(Utf8JsonWriter json, ReadOnlySpan<byte> name, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumber(name, value);
        else
            json.WriteNull(name);
    }
}
