using System.Globalization;
using System.Text.Json;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Api.Proxying.Control;

/// <summary>Writes a pool as smart-stick's <c>/_lb/health</c> shows it, and with all that is known. Header values and
/// code of health checks are never written.</summary>
internal static class StatusJson
{
    private const string Moment = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>Writes what everybody may see, in smart-stick's order. Backends that have left the configuration are
    /// not among them.</summary>
    public static void WriteHealth(Utf8JsonWriter json, PoolStatus status)
    {
        var total = status.Backends.Count(static one => !one.IsRemoved);
        var healthy = status.Backends.Count(one => !one.IsRemoved && IsHealthy(status, one));
        json.WriteStartObject();
        WriteMoment(json, "timestamp"u8, status.At);
        json.WriteString("strategy"u8, status.Strategy);
        json.WriteNumber("total"u8, total);
        json.WriteNumber("healthy"u8, healthy);
        json.WriteNumber("unhealthy"u8, total - healthy);
        json.WritePropertyName("backends"u8);
        WriteBackends(json, status);
        json.WriteEndObject();
    }

    /// <summary>Writes the list of the backends as <see cref="WriteHealth"/> shows it.</summary>
    public static void WriteBackends(Utf8JsonWriter json, PoolStatus status)
    {
        json.WriteStartArray();
        foreach (var backend in status.Backends)
        {
            if (backend.IsRemoved)
                continue;
            json.WriteStartObject();
            WriteCommon(json, status, backend);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Writes all that is known of a pool.</summary>
    public static void WriteFull(Utf8JsonWriter json, PoolStatus status)
    {
        json.WriteStartObject();
        WriteMoment(json, "timestamp"u8, status.At);
        json.WriteString("pool"u8, status.Name);
        json.WriteString("strategy"u8, status.Strategy);
        json.WriteNumber("waiting"u8, status.Waiting);
        json.WriteStartArray("backends"u8);
        foreach (var backend in status.Backends)
            WriteFull(json, status, backend);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Writes all that is known of a backend.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="status">Its pool.</param>
    /// <param name="backend">The backend.</param>
    /// <param name="share">Its share of the pool's newest requests, 0 to 1; null writes none.</param>
    public static void WriteFull(
        Utf8JsonWriter json, PoolStatus status, BackendStatus backend, double? share = null)
    {
        var health = backend.Options.Health;
        json.WriteStartObject();
        WriteCommon(json, status, backend);
        json.WriteString("state"u8, backend.State switch
        {
            BackendState.Active => "active"u8,
            BackendState.Drain => "drain"u8,
            _ => "down"u8,
        });
        json.WriteBoolean("drained"u8, backend.IsDrained);
        json.WriteBoolean("removed"u8, backend.IsRemoved);
        json.WriteNumber("sessions"u8, backend.Sessions);
        json.WriteNumber("ramp"u8, double.IsFinite(backend.Ramp) ? Math.Round(backend.Ramp, 3) : 0);
        WriteMoment(json, "ejectedUntil"u8, backend.EjectedUntil);
        json.WriteNumber("streak"u8, backend.Streak);
        json.WriteString("lastError"u8, backend.LastError);
        json.WriteNumber("fall"u8, health.Fall);
        json.WriteNumber("rise"u8, health.Rise);
        json.WriteNumber("interval"u8, (long)health.Interval.TotalMilliseconds);
        json.WriteString("owner"u8, backend.Options.Owner);
        if (share is { } part)
            json.WriteNumber("share"u8, Math.Round(part, 4));
        json.WriteEndObject();
    }

    /// <summary>Writes an identity: as a number when it is one, as in smart-stick's files.</summary>
    public static void WriteId(Utf8JsonWriter json, ReadOnlySpan<byte> name, string id)
    {
        // Only the spelling that a number would have again: '007' and '+7' are texts.
        if (long.TryParse(id, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number.ToString(CultureInfo.InvariantCulture) == id)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteString(name, id);
        }
    }

    private static void WriteCommon(Utf8JsonWriter json, PoolStatus status, BackendStatus backend)
    {
        var options = backend.Options;
        var health = options.Health;
        WriteId(json, "id"u8, options.Id);
        json.WriteString("url"u8, UrlOf(options));
        json.WriteBoolean("healthy"u8, IsHealthy(status, backend));
        json.WriteNumber("weight"u8, options.Weight);
        json.WriteNumber("requests"u8, backend.Requests);
        json.WriteNumber("activeConnections"u8, backend.Active);
        WriteMoment(json, "lastChecked"u8, backend.LastChecked);
        json.WriteStartObject("healthCheck"u8);
        json.WriteString("path"u8, health.Path);
        json.WriteString("method"u8, health.Method);
        json.WriteString("algorithm"u8, health.Algorithm == HealthAlgorithm.Http ? "http"u8 : "http-status"u8);
        json.WriteNumber("timeout"u8, (long)health.Timeout.TotalMilliseconds);
        json.WriteBoolean("hasCustomHeaders"u8, health.Headers.Count > 0);
        json.WriteBoolean("hasCustomFunction"u8, health.Check is not null);
        json.WriteEndObject();
    }

    // A name and password in the address, should they be there, are nobody's business.
    private static string UrlOf(BackendOptions options) =>
        options.Url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped)
            .TrimEnd('/');

    private static bool IsHealthy(PoolStatus status, BackendStatus backend) =>
        backend.IsHealthy && !(backend.EjectedUntil > status.At);

    /// <summary>Writes a moment, or null.</summary>
    public static void WriteMoment(Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTimeOffset? moment)
    {
        if (moment is { } at)
            json.WriteString(name, at.UtcDateTime.ToString(Moment, CultureInfo.InvariantCulture));
        else
            json.WriteNull(name);
    }
}
