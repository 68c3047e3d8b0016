using System.Globalization;
using System.Text;

namespace ActorBalancer.Api.Metrics;

/// <summary>Names, labels and numbers in the form of Prometheus.</summary>
/// <remarks>Source: the text format 0.0.4 and OpenMetrics 1.0, which agree on all that is made here.</remarks>
internal static class MetricText
{
    /// <summary>Characters of a label's value; the rest is cut off. Source: the longest name of a group.</summary>
    public const int ValueLengthMax = 256;

    /// <summary>A name of letters, digits and underscores that does not begin with a digit.</summary>
    public static string NameOf(string name)
    {
        var builder = new StringBuilder(name.Length);
        foreach (var letter in name)
            builder.Append(char.IsAsciiLetterOrDigit(letter) || letter == '_' ? letter : '_');
        if (builder.Length == 0 || char.IsAsciiDigit(builder[0]))
            builder.Insert(0, '_');
        return builder.ToString();
    }

    /// <summary>Name of the family of an instrument: its own, with the base unit at its end and without
    /// <c>_total</c>.</summary>
    /// <param name="name">The instrument's name, with dots or underscores.</param>
    /// <param name="unit">The instrument's unit (UCUM); null for none.</param>
    /// <param name="kind">What it is.</param>
    public static string FamilyOf(string name, string? unit, MetricKind kind)
    {
        var family = NameOf(name);
        if (kind == MetricKind.Counter && family.EndsWith("_total", StringComparison.Ordinal))
            family = family[..^"_total".Length];
        var ending = unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            _ => "",
        };
        return family.EndsWith(ending, StringComparison.Ordinal) ? family : family + ending;
    }

    /// <summary>What stands between the braces.</summary>
    public static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
            return "";
        var builder = new StringBuilder();
        foreach (var (name, value) in tags)
        {
            if (builder.Length > 0)
                builder.Append(',');
            builder.Append(NameOf(name)).Append("=\"");
            AppendValue(builder, Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
            builder.Append('"');
        }

        return builder.ToString();
    }

    /// <summary>A sentence that stays on its line.</summary>
    /// <param name="text">The sentence.</param>
    /// <param name="withQuotes">True to escape quotation marks too, as OpenMetrics wants.</param>
    public static string HelpOf(string text, bool withQuotes)
    {
        var help = text.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal);
        return withQuotes ? help.Replace("\"", "\\\"", StringComparison.Ordinal) : help;
    }

    /// <summary>A number.</summary>
    public static string NumberOf(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture), // NaN is written so
    };

    /// <summary>The bound of a bucket: always with a fraction, so that both formats name the same series.</summary>
    public static string BoundOf(double bound)
    {
        var text = NumberOf(bound);
        return text.AsSpan().IndexOfAny(".EI") >= 0 ? text : text + ".0";
    }

    private static void AppendValue(StringBuilder builder, string value)
    {
        var length = Math.Min(value.Length, ValueLengthMax);
        if (length < value.Length && char.IsHighSurrogate(value[length - 1]))
            length--;
        foreach (var letter in value.AsSpan(0, length))
        {
            switch (letter)
            {
                case '\\':
                    builder.Append(@"\\");
                    break;
                case '"':
                    builder.Append("\\\"");
                    break;
                case '\n':
                    builder.Append(@"\n");
                    break;
                default:
                    builder.Append(letter);
                    break;
            }
        }
    }
}
