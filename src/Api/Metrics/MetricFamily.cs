using ActorBalancer.Engine.Telemetry;

namespace ActorBalancer.Api.Metrics;

/// <summary>All series of one name, as they stood at one moment.</summary>
/// <param name="Name">Of letters, digits and underscores; without the ending <c>_total</c> of a counter.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Help">One sentence.</param>
/// <param name="Points">In the order of their labels, each set of labels once.</param>
internal sealed record MetricFamily(
    string Name, MetricKind Kind, string Help, IReadOnlyList<MetricPoint> Points)
{
    /// <summary>The base unit that the name ends with; null for none.</summary>
    public string? Unit => Name.EndsWith("_seconds", StringComparison.Ordinal) ? "seconds"
        : Name.EndsWith("_bytes", StringComparison.Ordinal) ? "bytes"
        : null;
}

/// <summary>One series.</summary>
/// <param name="Labels">As they are written between the braces; empty for none.</param>
/// <param name="Value">Its value; unused for a histogram.</param>
/// <param name="Histogram">Its values by size; null for what is no histogram.</param>
internal readonly record struct MetricPoint(string Labels, double Value, LatencyFigures? Histogram);
