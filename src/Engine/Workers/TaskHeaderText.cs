using System.Globalization;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Workers;

/// <summary>Texts of the headers that a worker gets with each attempt.</summary>
internal static class TaskHeaderText
{
    // Under load many attempts of a thread end in the same millisecond.
    [ThreadStatic]
    private static (long Milliseconds, string? Text) _lastDeadline;

    /// <summary>A moment in UTC (RFC 3339); the last that there is for one beyond it.</summary>
    public static string Deadline(long unixMilliseconds)
    {
        if (_lastDeadline.Text is { } known && _lastDeadline.Milliseconds == unixMilliseconds)
            return known;
        var moment = DateTimeOffset.FromUnixTimeMilliseconds(
            Math.Min(unixMilliseconds, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())).UtcDateTime;

        // The round-trip format is one of RFC 3339, and written without reading a pattern.
        var text = moment.ToString("O", CultureInfo.InvariantCulture);
        _lastDeadline = (unixMilliseconds, text);
        return text;
    }

    /// <summary>A trace of the task's own, for one whose sender began none: the task's id is the trace's, and each
    /// lease is a span (W3C Trace Context, section 3.2).</summary>
    public static string TraceParent(TaskId id, long token) => string.Create(55, (id, token), static (text, trace) =>
    {
        "00-".CopyTo(text);
        trace.id.Value.TryFormat(text[3..], out _, "N");
        text[35] = '-';
        trace.token.TryFormat(text[36..], out _, "x16", CultureInfo.InvariantCulture);
        "-01".CopyTo(text[52..]);
    });
}
