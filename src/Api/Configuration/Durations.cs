using System.Globalization;

namespace ActorBalancer.Api.Configuration;

/// <summary>
/// Spans of time as settings write them: a plain number counts milliseconds, as in Andera; otherwise HOCON's units,
/// in lower case, with or without a blank before them: <c>500ms</c>, <c>3 s</c>, <c>1.5h</c>, <c>10 minutes</c>.
/// </summary>
internal static class Durations
{
    /// <summary>What an error says of the form.</summary>
    public const string Form = "a plain number counts milliseconds; units: ns us ms s m h d";

    private static readonly Dictionary<string, decimal> TicksPerUnit = new(StringComparer.Ordinal)
    {
        ["ns"] = 0.01m,
        ["nanosecond"] = 0.01m,
        ["nanoseconds"] = 0.01m,
        ["us"] = TimeSpan.TicksPerMicrosecond,
        ["microsecond"] = TimeSpan.TicksPerMicrosecond,
        ["microseconds"] = TimeSpan.TicksPerMicrosecond,
        [""] = TimeSpan.TicksPerMillisecond,
        ["ms"] = TimeSpan.TicksPerMillisecond,
        ["millisecond"] = TimeSpan.TicksPerMillisecond,
        ["milliseconds"] = TimeSpan.TicksPerMillisecond,
        ["s"] = TimeSpan.TicksPerSecond,
        ["second"] = TimeSpan.TicksPerSecond,
        ["seconds"] = TimeSpan.TicksPerSecond,
        ["m"] = TimeSpan.TicksPerMinute,
        ["minute"] = TimeSpan.TicksPerMinute,
        ["minutes"] = TimeSpan.TicksPerMinute,
        ["h"] = TimeSpan.TicksPerHour,
        ["hour"] = TimeSpan.TicksPerHour,
        ["hours"] = TimeSpan.TicksPerHour,
        ["d"] = TimeSpan.TicksPerDay,
        ["day"] = TimeSpan.TicksPerDay,
        ["days"] = TimeSpan.TicksPerDay,
    };

    /// <summary>Reads a span; what is too long for a TimeSpan becomes the longest one. May be negative.</summary>
    /// <returns>False when the text is no span of time.</returns>
    public static bool TryParse(string text, out TimeSpan span)
    {
        span = default;
        if (!Quantity.TryParse(text, TicksPerUnit, out var ticks)) return false;
        span = new TimeSpan((long)Math.Clamp(ticks, long.MinValue, long.MaxValue));
        return true;
    }

    /// <summary>The span in the largest unit that fits, such as <c>1500 ms</c> or <c>2 h</c>.</summary>
    public static string Format(TimeSpan span)
    {
        (long Ticks, string Unit)[] units =
        [
            (TimeSpan.TicksPerDay, "d"),
            (TimeSpan.TicksPerHour, "h"),
            (TimeSpan.TicksPerMinute, "m"),
            (TimeSpan.TicksPerSecond, "s"),
            (TimeSpan.TicksPerMillisecond, "ms"),
            (TimeSpan.TicksPerMicrosecond, "us"),
        ];
        if (span == TimeSpan.Zero) return "0";
        foreach (var (ticks, unit) in units)
        {
            if (span.Ticks % ticks == 0)
                return string.Create(CultureInfo.InvariantCulture, $"{span.Ticks / ticks} {unit}");
        }

        return string.Create(CultureInfo.InvariantCulture, $"{span.Ticks * 100} ns");
    }
}
