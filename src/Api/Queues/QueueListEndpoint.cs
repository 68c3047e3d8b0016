using System.Text.Json;
using ActorBalancer.Api.Health;
using ActorBalancer.Api.Tasks;
using ActorBalancer.Engine;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Api.Queues;

/// <summary><c>GET /queues</c>: how each queue stands. Thread-safe.</summary>
internal sealed class QueueListEndpoint(IBalancer balancer)
{
    private static readonly TaskState[] States = Enum.GetValues<TaskState>();

    /// <summary>Answers one request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        var queues = await balancer.ListQueuesAsync();
        await JsonAnswer.WriteAsync(context.Response, StatusCodes.Status200OK, json => Write(json, queues));
    }

    /// <summary>Writes the answer.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<QueueSnapshot> queues)
    {
        json.WriteStartObject();
        json.WriteStartArray("queues"u8);
        foreach (var queue in queues)
            Write(json, queue);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, QueueSnapshot queue)
    {
        json.WriteStartObject();
        json.WriteString("group"u8, queue.Key.Group);
        json.WriteNumber("contract"u8, queue.Key.Contract);
        json.WriteBoolean("paused"u8, queue.IsPaused);
        TaskDocument.WriteTime(json, "pausedUntil"u8, queue.PausedUntilMilliseconds ?? 0);
        json.WriteStartObject("counts"u8);
        foreach (var state in States)
            json.WriteNumber(StateNames.Of(state), queue.Counts.TryGetValue(state, out var count) ? count : 0);
        json.WriteEndObject();
        json.WriteStartObject("rates"u8);
        json.WriteNumber("inPerSecond"u8, Rounded(queue.InPerSecond));
        json.WriteNumber("outPerSecond"u8, Rounded(queue.OutPerSecond));
        json.WriteEndObject();
        if (queue.OldestAgeMilliseconds is { } age)
            json.WriteNumber("oldestAgeMs"u8, age);
        else
            json.WriteNull("oldestAgeMs"u8);
        json.WriteEndObject();
    }

    // More digits would be noise; what is no number has no form in JSON.
    private static double Rounded(double rate) => double.IsFinite(rate) ? Math.Round(rate, 3) : 0;
}
