using System.Text.Json;
using ActorBalancer.Actors;
using ActorBalancer.Api.Tasks;
using ActorBalancer.Engine.Alerts;
using ActorBalancer.Engine.Cluster;

namespace ActorBalancer.Api.Status;

/// <summary>The last alerts of this node, for those who look on. Thread-safe; listens until it is disposed.</summary>
internal sealed class AlertBook : IDisposable
{
    /// <summary>Alerts that are kept.</summary>
    public const int AlertsMax = 100;

    private readonly Lock _lock = new();
    private readonly Ring<AlertEntry> _entries = new(AlertsMax);
    private readonly TimeProvider _time;
    private readonly IDisposable _alerts;
    private readonly IDisposable _lost;

    /// <summary>Starts to listen.</summary>
    /// <param name="events">Where alerts are published.</param>
    /// <param name="time">The clock.</param>
    public AlertBook(EventStream events, TimeProvider time)
    {
        _time = time;
        _alerts = events.Subscribe<Alert>(Take);
        _lost = events.Subscribe<NodeLost>(Take);
    }

    /// <summary>Called with each alert, on the thread of who raised it. Must be short and never throw.</summary>
    public Action<AlertEntry>? Raised { get; set; }

    /// <summary>The alerts, newest first.</summary>
    public IReadOnlyList<AlertEntry> Newest
    {
        get
        {
            lock (_lock)
            {
                var entries = _entries.ToArray();
                Array.Reverse(entries);
                return entries;
            }
        }
    }

    /// <summary>Writes <c>GET /alerts</c>.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray("alerts"u8);
        foreach (var entry in Newest)
            Write(json, entry);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Writes one alert.</summary>
    public static void Write(Utf8JsonWriter json, AlertEntry entry)
    {
        json.WriteStartObject();
        TaskDocument.WriteTime(json, "at"u8, entry.AtMilliseconds);
        json.WriteString("kind"u8, entry.Kind);
        json.WriteString("pool"u8, entry.Pool);
        json.WriteString("backend"u8, entry.Backend);
        json.WriteString("url"u8, entry.Url);
        json.WriteString("reason"u8, entry.Reason);
        json.WriteEndObject();
    }

    /// <summary>Listens no more.</summary>
    public void Dispose()
    {
        _alerts.Dispose();
        _lost.Dispose();
    }

    private void Take(Alert alert) => Add(new AlertEntry(
        alert.At.ToUnixTimeMilliseconds(),
        JsonNamingPolicy.SnakeCaseLower.ConvertName(alert.Kind.ToString()),
        TextOf(alert.Pool),
        TextOf(alert.BackendId),
        TextOf(alert.Url),
        alert.Reason));

    // Only the first of the nodes raises an alert, so that people are told once; all of them show it.
    private void Take(NodeLost lost)
    {
        if (lost.IsFirst)
            return;
        var member = lost.Member;
        Add(new AlertEntry(
            _time.GetUtcNow().ToUnixTimeMilliseconds(),
            JsonNamingPolicy.SnakeCaseLower.ConvertName(nameof(AlertKind.NodeLost)),
            null,
            member.Id,
            null,
            $"no sign of life of process {member.ProcessId} on {member.Host}"));
    }

    private void Add(AlertEntry entry)
    {
        lock (_lock)
            _entries.Add(entry);
        Raised?.Invoke(entry);
    }

    private static string? TextOf(string text) => text.Length == 0 ? null : text;
}
