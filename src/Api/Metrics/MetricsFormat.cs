using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace ActorBalancer.Api.Metrics;

/// <summary>A form in which figures are written.</summary>
internal sealed record MetricsFormat
{
    /// <summary>The text format 0.0.4, which every monitor reads.</summary>
    public static MetricsFormat Text { get; } = new()
    {
        MediaType = "text/plain",
        Version = "0.0.4",
    };

    /// <summary>OpenMetrics 1.0.</summary>
    public static MetricsFormat OpenMetrics { get; } = new()
    {
        MediaType = "application/openmetrics-text",
        Version = "1.0.0",
        IsOpenMetrics = true,
    };

    public required string MediaType { get; init; }

    public required string Version { get; init; }

    public bool IsOpenMetrics { get; init; }

    /// <summary>Value of the header <c>Content-Type</c>.</summary>
    public string ContentType => $"{MediaType}; version={Version}; charset=utf-8";

    /// <summary>The form that a client likes best; the text format when it likes both as much, or none.</summary>
    /// <param name="accept">Values of the header <c>Accept</c>.</param>
    public static MetricsFormat Choose(StringValues accept)
    {
        if (!MediaTypeHeaderValue.TryParseList(accept, out var ranges))
            return Text;
        return QualityOf(OpenMetrics, ranges) > QualityOf(Text, ranges) ? OpenMetrics : Text;
    }

    // RFC 9110, section 12.5.1: the most specific range counts.
    private static double QualityOf(MetricsFormat format, IList<MediaTypeHeaderValue> ranges)
    {
        var best = (Rank: 0, Quality: 0.0);
        foreach (var range in ranges)
        {
            var rank = RankOf(format, range);
            var quality = range.Quality ?? 1;
            if (rank > best.Rank || (rank == best.Rank && quality > best.Quality))
                best = (rank, quality);
        }

        return best.Rank == 0 ? 0 : best.Quality;
    }

    private static int RankOf(MetricsFormat format, MediaTypeHeaderValue range)
    {
        if (range.MatchesAllTypes)
            return 1;
        if (range.MatchesAllSubTypes)
            return format.MediaType.StartsWith($"{range.Type}/", StringComparison.OrdinalIgnoreCase) ? 2 : 0;
        if (!range.MediaType.Equals(format.MediaType, StringComparison.OrdinalIgnoreCase))
            return 0;
        var version = range.Parameters.FirstOrDefault(
            static parameter => parameter.Name.Equals("version", StringComparison.OrdinalIgnoreCase));
        return version is null ? 3
            : HeaderUtilities.RemoveQuotes(version.Value).Equals(format.Version, StringComparison.Ordinal) ? 4
            : 0;
    }
}
