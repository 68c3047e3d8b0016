using System.Globalization;
using System.Text;
using System.Text.Json;
using ActorBalancer.Engine.Alerts.Mail;
using ActorBalancer.Engine.Proxying;

namespace ActorBalancer.Engine.Alerts;

/// <summary>Puts alerts into words for people, and into JSON for programs.</summary>
internal static class AlertText
{
    private const int BackendsMax = 50;
    private const int ReasonMax = 300;

    /// <summary>The mail that tells of a backend's changes.</summary>
    /// <param name="group">The changes, at least one.</param>
    /// <param name="to">Who is told.</param>
    /// <param name="options">The server.</param>
    /// <param name="status">The pool now; null when it is not known.</param>
    /// <param name="now">The moment.</param>
    public static Letter Write(
        MailGroup group, string to, MailOptions options, PoolStatus? status, DateTimeOffset now)
    {
        var last = group.Alerts[^1];
        var count = group.Alerts.Count + group.LeftOut;
        var head = Headline(last);
        var text = new StringBuilder().Append(head).Append(".\n\n");
        for (var index = 0; index < group.Alerts.Count; index++)
        {
            if (group.LeftOut > 0 && index == MailGroup.AlertsMax / 2)
                text.Append(CultureInfo.InvariantCulture, $"... {group.LeftOut} changes are left out ...\n");
            var alert = group.Alerts[index];
            text.Append(Moment(alert.At)).Append("  ").Append(Word(alert.Kind)).Append(": ")
                .Append(Clean(alert.Reason)).Append('\n');
        }

        AppendPool(text, status);
        return new Letter(
            SenderOf(options),
            to,
            count == 1 ? head : string.Create(CultureInfo.InvariantCulture, $"{head} ({count} changes)"),
            text.ToString(),
            now,
            Guid.NewGuid().ToString("N"));
    }

    /// <summary>An alert as webhooks get it.</summary>
    public static byte[] Json(Alert alert)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("type", TypeOf(alert.Kind));
            writer.WriteString("pool", alert.Pool);
            writer.WriteString("backend", alert.BackendId);
            writer.WriteString("url", alert.Url);
            if (alert.Owner is { } owner)
                writer.WriteString("owner", owner);
            writer.WriteString("reason", alert.Reason);
            writer.WriteString("at", alert.At.UtcDateTime);
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>One line for a log or a subject, such as <c>Backend 2 (http://...) of pool default is
    /// down</c>.</summary>
    public static string Headline(Alert alert)
    {
        if (HeadlineOfNode(alert) is { } headline)
            return headline;
        var state = alert.Kind switch
        {
            AlertKind.BackendDown => "is down",
            AlertKind.BackendUp => "is up again",
            AlertKind.BackendEjected => "is ejected",
            _ => "is drained",
        };
        return $"Backend {Clean(alert.BackendId)} ({Clean(alert.Url)}) of pool {Clean(alert.Pool)} {state}";
    }

    private static string? HeadlineOfNode(Alert alert) => alert.Kind switch
    {
        AlertKind.ReloadRefused => "A changed configuration of the proxy was refused",
        AlertKind.RedisLost => $"Node {Clean(alert.BackendId)} cannot reach Redis ({Clean(alert.Url)})",
        AlertKind.RedisBack => $"Node {Clean(alert.BackendId)} has Redis back ({Clean(alert.Url)})",
        AlertKind.RedisReadOnly =>
            $"Node {Clean(alert.BackendId)} reaches a Redis that takes no writes ({Clean(alert.Url)})",
        AlertKind.RedisFull => $"Redis is full ({Clean(alert.Url)}), seen by node {Clean(alert.BackendId)}",
        AlertKind.NodeLost => $"Node {Clean(alert.BackendId)} is lost",
        _ => null,
    };

    /// <summary>One line without control characters, cut where it is long: reasons may repeat what a backend
    /// said.</summary>
    public static string Clean(string text)
    {
        var line = text.Length > ReasonMax ? text[..ReasonMax] + "..." : text;
        return string.Create(line.Length, line, static (span, source) =>
        {
            for (var index = 0; index < span.Length; index++)
                span[index] = char.IsControl(source[index]) ? ' ' : source[index];
        });
    }

    /// <summary>Who mails come from: as configured, or the login if it is an address, or a name of this machine.
    /// </summary>
    public static string SenderOf(MailOptions options)
    {
        if (options.From is { } from)
            return from;
        if (MailAddresses.IsValid(options.User))
            return options.User!;
        var machine = $"actorbalancer@{Environment.MachineName}";
        return MailAddresses.IsValid(machine) ? machine : "actorbalancer@localhost";
    }

    private static void AppendPool(StringBuilder text, PoolStatus? status)
    {
        if (status is null)
            return;
        text.Append(CultureInfo.InvariantCulture, $"\nPool {Clean(status.Name)} now: ")
            .Append(CultureInfo.InvariantCulture, $"{status.Backends.Count(static one => one.IsHealthy)} of ")
            .Append(CultureInfo.InvariantCulture, $"{status.Backends.Count} backends are healthy.\n");
        foreach (var backend in status.Backends.Take(BackendsMax))
        {
            text.Append("  ").Append(Clean(backend.Options.Id)).Append("  ")
                .Append(Clean(backend.Options.Url.GetLeftPart(UriPartial.Path))).Append("  ")
                .Append(backend.IsHealthy ? "up" : "down");
            if (backend.State != BackendState.Active)
                text.Append(backend.State == BackendState.Drain ? ", drains" : ", taken out by hand");
            if (backend.EjectedUntil is { } until)
                text.Append(", ejected until ").Append(Moment(until));
            if (!backend.IsHealthy && backend.LastError is { } error)
                text.Append(" (").Append(Clean(error)).Append(')');
            text.Append('\n');
        }

        if (status.Backends.Count > BackendsMax)
            text.Append(CultureInfo.InvariantCulture, $"  and {status.Backends.Count - BackendsMax} more\n");
    }

    private static string Moment(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) + " UTC";

    private static string Word(AlertKind kind) => kind == AlertKind.BackendDown ? "down" : "up";

    private static string TypeOf(AlertKind kind) => kind switch
    {
        AlertKind.BackendDown => "backend.down",
        AlertKind.BackendUp => "backend.up",
        AlertKind.BackendEjected => "backend.ejected",
        AlertKind.BackendDrained => "backend.drained",
        AlertKind.RedisLost => "redis.lost",
        AlertKind.RedisBack => "redis.back",
        AlertKind.RedisReadOnly => "redis.readonly",
        AlertKind.RedisFull => "redis.full",
        AlertKind.NodeLost => "node.lost",
        _ => "reload.refused",
    };
}
