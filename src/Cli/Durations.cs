using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace ActorBalancer.Cli;

/// <summary>Durations on the command line: <c>500ms</c>, <c>30s</c>, <c>10m</c>, <c>2h</c>, <c>1d</c>, or a number of
/// seconds. Thread-safe.</summary>
internal static class Durations
{
    private static readonly (string Unit, double Seconds)[] Units =
        [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86400)];

    /// <summary>Reads a duration above zero of at most 365 days.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var factor = 1.0;
        var digits = text;
        foreach (var (unit, seconds) in Units)
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal))
                continue;
            factor = seconds;
            digits = text[..^unit.Length];
            break;
        }

        if (!double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            return false;
        var total = number * factor;
        if (total is not (> 0 and <= 365 * 86400.0))
            return false;
        duration = TimeSpan.FromSeconds(total);
        return duration > TimeSpan.Zero;
    }

    /// <summary>An option that takes a duration.</summary>
    /// <param name="name">Name with its dashes.</param>
    /// <param name="description">For the help.</param>
    public static Option<TimeSpan?> Option(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "duration",
        CustomParser = Parse,
    };

    /// <summary>Reads the value of an option.</summary>
    public static TimeSpan? Parse(ArgumentResult result)
    {
        if (result.Tokens.Count == 0)
            return null;
        var text = result.Tokens[0].Value;
        if (TryParse(text, out var duration))
            return duration;
        result.AddError($"'{text}' is no duration; give such as 500ms, 30s, 10m, 2h or a number of seconds");
        return null;
    }
}
