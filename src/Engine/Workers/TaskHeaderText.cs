using System.Globalization;

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
}
