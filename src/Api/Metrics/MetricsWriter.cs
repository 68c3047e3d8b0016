using System.Buffers;
using System.Globalization;
using System.Text;
using ActorBalancer.Engine.Telemetry;

namespace ActorBalancer.Api.Metrics;

/// <summary>Writes families in one of the forms.</summary>
/// <param name="writer">Where to.</param>
/// <param name="format">The form.</param>
internal sealed class MetricsWriter(IBufferWriter<byte> writer, MetricsFormat format)
{
    /// <summary>Writes all of them, and the end of the text.</summary>
    public void Write(IEnumerable<MetricFamily> families)
    {
        foreach (var family in families)
            Write(family);
        if (format.IsOpenMetrics)
            Append("# EOF\n");
    }

    private void Write(MetricFamily family)
    {
        var sample = family.Kind == MetricKind.Counter ? family.Name + "_total" : family.Name;

        // The old format knows no family but the sample's own name.
        var name = format.IsOpenMetrics ? family.Name : sample;
        if (family.Help.Length > 0)
            Append($"# HELP {name} {MetricText.HelpOf(family.Help, format.IsOpenMetrics)}\n");
        Append($"# TYPE {name} {WordOf(family.Kind)}\n");
        if (format.IsOpenMetrics && family.Unit is { } unit)
            Append($"# UNIT {name} {unit}\n");
        foreach (var point in family.Points)
        {
            if (point.Histogram is { } histogram)
                Write(family.Name, point.Labels, histogram);
            else
                Append($"{sample}{Braces(point.Labels)} {MetricText.NumberOf(point.Value)}\n");
        }
    }

    private void Write(string name, string labels, LatencyFigures histogram)
    {
        var lead = labels.Length > 0 ? labels + "," : "";
        var count = 0L;
        for (var i = 0; i < histogram.Counts.Count; i++)
        {
            count += histogram.Counts[i];
            var bound = i < histogram.BoundsSeconds.Count
                ? MetricText.BoundOf(histogram.BoundsSeconds[i])
                : "+Inf";
            Append(string.Create(CultureInfo.InvariantCulture, $"{name}_bucket{{{lead}le=\"{bound}\"}} {count}\n"));
        }

        Append($"{name}_sum{Braces(labels)} {MetricText.NumberOf(histogram.SumSeconds)}\n");
        Append(string.Create(CultureInfo.InvariantCulture, $"{name}_count{Braces(labels)} {count}\n"));
    }

    private static string Braces(string labels) => labels.Length > 0 ? $"{{{labels}}}" : "";

    private static string WordOf(MetricKind kind) => kind switch
    {
        MetricKind.Counter => "counter",
        MetricKind.Histogram => "histogram",
        _ => "gauge",
    };

    private void Append(string text) => Encoding.UTF8.GetBytes(text, writer);
}
