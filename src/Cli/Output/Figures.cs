using System.Globalization;

namespace ActorBalancer.Cli.Output;

/// <summary>Numbers as people read them. Thread-safe.</summary>
internal static class Figures
{
    /// <summary>What stands for no value.</summary>
    public const string None = "-";

    private static readonly string[] ByteUnits = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>A duration in milliseconds, with its two greatest units: <c>350ms</c>, <c>1.25s</c>, <c>3m 5s</c>.
    /// </summary>
    public static string Duration(double? milliseconds)
    {
        if (milliseconds is not { } ms || !double.IsFinite(ms))
            return None;
        if (ms < 0)
            return "-" + Duration(-ms);
        if (ms < 9.95)
            return Text(ms, ms == Math.Truncate(ms) ? "0" : "0.0") + "ms";
        if (ms < 999.5)
            return Text(ms, "0") + "ms";
        if (ms < 59_950)
            return Text(ms / 1000, ms < 9_995 ? "0.##" : "0.#") + "s";
        var span = TimeSpan.FromSeconds(Math.Min(Math.Round(ms / 1000), TimeSpan.MaxValue.TotalSeconds / 2));
        if (span.TotalHours < 1)
            return Pair(span.Minutes, "m", span.Seconds, "s");
        return span.TotalDays < 1
            ? Pair(span.Hours, "h", span.Minutes, "m")
            : Pair((long)span.TotalDays, "d", span.Hours, "h");
    }

    /// <summary>A number that keeps within six columns: <c>950</c>, <c>12.3k</c>, <c>1.2M</c>.</summary>
    public static string Short(double? number)
    {
        if (number is not { } value || !double.IsFinite(value))
            return None;
        return Math.Abs(value) switch
        {
            < 0.05 => "0",
            < 9.95 when value != Math.Truncate(value) => Text(value, "0.0"),
            < 9_999.5 => Text(value, "0"),
            < 999_950 => Text(value / 1e3, "0.#") + "k",
            < 999_950_000 => Text(value / 1e6, "0.#") + "M",
            _ => Text(value / 1e9, "0.#") + "G",
        };
    }

    /// <summary>A version without what names the commit.</summary>
    public static string Version(string? version) => version?.Split('+')[0] ?? None;

    /// <summary>A count in full.</summary>
    public static string Count(double? number) => number is { } value ? Text(value, "0") : None;

    /// <summary>So many a second.</summary>
    public static string Rate(double? number) => number is null ? None : Short(number) + "/s";

    /// <summary>A share of 0 to 1.</summary>
    public static string Share(double? share) => share is { } value ? Text(value * 100, "0.#") + "%" : None;

    /// <summary>A number of 0 to 100.</summary>
    public static string Percent(double? percent) => percent is { } value ? Text(value, "0.#") + "%" : None;

    /// <summary>Bytes in powers of 1024.</summary>
    public static string Bytes(double? bytes)
    {
        if (bytes is not { } value)
            return None;
        var unit = 0;
        for (; value >= 1023.95 && unit < ByteUnits.Length - 1; unit++)
            value /= 1024;
        return Text(value, unit == 0 ? "0" : "0.0") + " " + ByteUnits[unit];
    }

    /// <summary>A moment in UTC to the second.</summary>
    public static string Moment(DateTimeOffset? moment) =>
        moment is { } at ? at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) : None;

    /// <summary>Time since a moment, or until it: <c>3m 5s ago</c>, <c>in 10s</c>.</summary>
    public static string Age(DateTimeOffset? moment, DateTimeOffset now)
    {
        if (moment is not { } at)
            return None;
        var passed = (now - at).TotalMilliseconds;
        if (Math.Abs(passed) < 1000)
            return "now";
        var whole = Duration(Math.Floor(Math.Abs(passed) / 1000) * 1000);
        return passed > 0 ? whole + " ago" : "in " + whole;
    }

    /// <summary>A bar of so many columns for what is used of a limit.</summary>
    public static string Bar(double used, double limit, int width)
    {
        if (limit <= 0 || width <= 0)
            return new string('·', Math.Max(0, width));
        var full = (int)Math.Clamp(Math.Round(used / limit * width), 0, width);
        // Something used is seen, and a full bar means full.
        if (used > 0 && full == 0)
            full = 1;
        if (used < limit && full == width)
            full = width - 1;
        return new string('█', full) + new string('░', width - full);
    }

    /// <summary>A curve of so many columns at most: the newest values, each against the greatest.</summary>
    public static string Curve(IReadOnlyList<double> values, int width)
    {
        const string Steps = "▁▂▃▄▅▆▇█";
        var shown = values.Skip(Math.Max(0, values.Count - width)).ToArray();
        var max = shown.DefaultIfEmpty().Max();
        return string.Create(shown.Length, (shown, max), static (text, state) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                var step = state.max <= 0 ? 0 : (int)Math.Round(state.shown[i] / state.max * (Steps.Length - 1));
                text[i] = Steps[Math.Clamp(step, 0, Steps.Length - 1)];
            }
        });
    }

    private static string Pair(long first, string firstUnit, long second, string secondUnit) =>
        second == 0 ? $"{first}{firstUnit}" : $"{first}{firstUnit} {second}{secondUnit}";

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
