using System.Globalization;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Tasks;
using Microsoft.Extensions.Primitives;

namespace ActorBalancer.Api.Logging;

/// <summary>The parameters of <c>GET /logs</c>. Immutable.</summary>
internal sealed record LogQuery
{
    /// <summary>Most lines from before. Source: ours.</summary>
    public const int LinesMax = 10_000;

    private const int FollowedLines = 100;
    private const int ContainsLengthMax = 256;
    private static readonly string LinesRule = $"a whole number from 0 to {LinesMax}";
    private static readonly string ContainsRule = $"a text of 1 to {ContainsLengthMax} characters";

    /// <summary>True for a stream of lines as they come.</summary>
    public bool Follow { get; private init; }

    /// <summary>Which lines.</summary>
    public LogFilter Filter { get; private init; } = new();

    /// <summary>Lines from before; null when none were named.</summary>
    public int? Lines { get; private init; }

    /// <summary>Lines from before, at most.</summary>
    public int LinesAtMost => Lines ?? (Follow ? FollowedLines : int.MaxValue);

    /// <summary>Reads the parameters; others than these are passed over.</summary>
    /// <returns>Null when all are right.</returns>
    public static EdgeError? Take(IQueryCollection parameters, out LogQuery query)
    {
        query = new LogQuery();
        foreach (var name in (ReadOnlySpan<string>)["follow", "level", "contains", "lines"])
        {
            if (!parameters.TryGetValue(name, out var values))
                continue;
            if (query.With(name, values, out var rule) is not { } next)
                return QueryErrors.Wrong(name, rule, values);
            query = next;
        }

        return null;
    }

    // Null when the value breaks the rule.
    private LogQuery? With(string name, StringValues values, out string rule)
    {
        var value = values.Count == 1 ? values[0] ?? "" : "";
        switch (name)
        {
            case "follow":
                rule = "true or false";
                return value switch
                {
                    "true" => this with { Follow = true },
                    "false" => this with { Follow = false },
                    _ => null,
                };
            case "level":
                rule = "debug, info, warn or error";
                return LevelOf(value) is { } least ? this with { Filter = Filter with { Least = least } } : null;
            case "contains":
                rule = ContainsRule;
                return value.Length is >= 1 and <= ContainsLengthMax
                    ? this with { Filter = Filter with { Contains = value } }
                    : null;
            default:
                rule = LinesRule;
                return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var lines)
                    && lines <= LinesMax ? this with { Lines = lines } : null;
        }
    }

    private static LogLevel? LevelOf(string name) => name switch
    {
        "debug" => LogLevel.Trace,
        "info" => LogLevel.Information,
        "warn" => LogLevel.Warning,
        "error" => LogLevel.Error,
        _ => null,
    };
}
