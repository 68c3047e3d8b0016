using System.Text.Json;
using ActorBalancer.Api.Tasks;

namespace ActorBalancer.Api.Status;

/// <summary>Writes <c>GET /status/history</c>.</summary>
internal static class HistoryWriter
{
    /// <summary>Writes all points.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<HistoryPoint> points)
    {
        json.WriteStartObject();
        json.WriteNumber("stepSeconds"u8, StatusSampler.StepSeconds);
        json.WriteStartArray("points"u8);
        foreach (var point in points)
            Write(json, point);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Writes a point.</summary>
    public static void Write(Utf8JsonWriter json, HistoryPoint point)
    {
        var (rates, queues) = (point.Rates, point.Queues);
        json.WriteStartObject();
        TaskDocument.WriteTime(json, "at"u8, point.AtMilliseconds);
        WriteNumber(json, "submittedPerSecond"u8, rates.Submitted);
        WriteNumber(json, "completedPerSecond"u8, rates.Completed);
        WriteNumber(json, "failedPerSecond"u8, rates.Failed);
        WriteNumber(json, "errorShare"u8, rates.ErrorShare);
        WriteNumber(json, "p50Ms"u8, point.Total.P50);
        WriteNumber(json, "p95Ms"u8, point.Total.P95);
        WriteNumber(json, "p99Ms"u8, point.Total.P99);
        json.WriteNumber("waiting"u8, queues.Waiting);
        json.WriteNumber("running"u8, queues.Running);
        json.WriteNumber("scheduled"u8, queues.Scheduled);
        json.WriteNumber("deadKept"u8, queues.DeadKept);
        json.WriteNumber("slotsUsed"u8, point.Workers.SlotsUsed);
        json.WriteNumber("slotsLimit"u8, point.Workers.SlotsLimit);
        WriteNumber(json, "proxyRequestsPerSecond"u8, rates.ProxyRequests);
        WriteNumber(json, "proxyErrorsPerSecond"u8, rates.ProxyErrors);
        WriteNumber(json, "cpuPercent"u8, rates.CpuPercent);
        json.WriteNumber("memoryBytes"u8, point.MemoryBytes);
        json.WriteEndObject();
    }

    /// <summary>Writes a number with three digits behind the point, or null.</summary>
    public static void WriteNumber(Utf8JsonWriter json, ReadOnlySpan<byte> name, double? value)
    {
        if (value is { } number)
            json.WriteNumber(name, Math.Round(number, 3));
        else
            json.WriteNull(name);
    }
}
