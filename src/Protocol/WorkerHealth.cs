using System.Text.Json;
using System.Text.Json.Serialization;

namespace ActorBalancer.Protocol;

/// <summary>What an Andera worker answers to <c>GET /health</c>.</summary>
public sealed record WorkerHealth
{
    /// <summary>Port of the worker's WebSocket on the same host; 0 or absent when it offers none.</summary>
    public int WebsocketPort { get; init; }

    /// <summary>Name of the group that the worker belongs to.</summary>
    public string? Group { get; init; }

    /// <summary>Version of the interface that the worker speaks.</summary>
    public int Contract { get; init; }

    /// <summary><c>ready</c> or <c>maintenance</c>; any other value counts as not ready.</summary>
    public string? Status { get; init; }

    /// <summary>The worker's parallel tasks.</summary>
    public WorkerSlots? Slots { get; init; }

    /// <summary>Load of the worker's machine; null when it does not say.</summary>
    public WorkerSystem? System { get; init; }

    /// <summary>The functions of the interface; the contract rule compares them between workers.</summary>
    public IReadOnlyList<WorkerFunction>? Functions { get; init; }

    /// <summary>A free list of names and values, shown to people as it is.</summary>
    public JsonElement? Tags { get; init; }

    /// <summary>What the worker depends on; every entry must be <c>up</c> before it gets a task.</summary>
    public IReadOnlyList<WorkerService>? Services { get; init; }
}

/// <summary>Slots of a worker as it counts them itself.</summary>
/// <param name="Used">Tasks running.</param>
/// <param name="Available">Tasks that could start now.</param>
/// <param name="Limit">Tasks that may run at once.</param>
/// <param name="Queue">Tasks waiting inside the worker.</param>
public sealed record WorkerSlots(int Used, int Available, int Limit, int Queue);

/// <summary>Load of a worker's machine.</summary>
/// <param name="Uptime">Seconds since the worker started.</param>
/// <param name="CpuLoad">Load as the worker measures it; the original sends the share of the CPU in use.</param>
/// <param name="UsedMemoryPercent">Used memory, 0 to 100.</param>
public sealed record WorkerSystem(double Uptime, double CpuLoad, double UsedMemoryPercent);

/// <summary>A function of the worker's interface.</summary>
/// <param name="Name">The name that tasks call.</param>
/// <param name="Params">The parameter schema, kept as the worker sent it.</param>
public sealed record WorkerFunction(string Name, JsonElement? Params);

/// <summary>Something that a worker depends on.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Status"><c>up</c> when it can be used.</param>
/// <param name="State">The same under the name that some workers give it; null when absent.</param>
public sealed record WorkerService(string? Name, string? Status, string? State = null);

/// <summary>The frame that a worker sends over its WebSocket; members that are absent have not changed.</summary>
public sealed record WorkerStatusFrame
{
    /// <summary><c>ready</c> or <c>maintenance</c>; null when unchanged.</summary>
    public string? Status { get; init; }

    /// <summary>The worker's slots; null when unchanged.</summary>
    public WorkerSlots? Slots { get; init; }

    /// <summary>Load of the machine; null when unchanged.</summary>
    public WorkerSystem? System { get; init; }

    /// <summary>State of the services; null when unchanged.</summary>
    public IReadOnlyList<WorkerService>? Services { get; init; }
}

/// <summary>How the records of this assembly are read and written: camel case; a number may also come as a
/// string, as workers send what their environment says.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    PropertyNameCaseInsensitive = false,
    NumberHandling = JsonNumberHandling.AllowReadingFromString,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(WorkerHealth))]
[JsonSerializable(typeof(WorkerStatusFrame))]
public sealed partial class ProtocolJson : JsonSerializerContext;
