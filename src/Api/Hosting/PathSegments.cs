using Microsoft.AspNetCore.Http.Features;

namespace ActorBalancer.Api.Hosting;

/// <summary>Reads names that a path carries as one segment each.</summary>
internal static class PathSegments
{
    private const string Slash = "%2F";

    /// <summary>A segment, decoded.</summary>
    /// <param name="context">The request.</param>
    /// <param name="decoded">The segment as the router has it.</param>
    /// <param name="before">The fixed segment before it, by which it is found again.</param>
    /// <param name="fromEnd">Its place from the end of the path, 1 for the last.</param>
    public static string Read(HttpContext context, string decoded, string before, int fromEnd)
    {
        // The server decodes a path but for %2F, so that a slash in a name and one between names stay apart. That
        // leaves "a%2Fb" and "a%252Fb" alike; only the target as it was sent tells which was meant.
        if (!decoded.Contains(Slash, StringComparison.OrdinalIgnoreCase))
            return decoded;
        var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        var end = target.AsSpan().IndexOfAny('?', '#');
        var segments = (end < 0 ? target : target[..end]).TrimEnd('/').Split('/');

        // No later segment takes part in "." or ".." without being seen as one here.
        return segments.Length > fromEnd
            && segments[^(fromEnd + 1)].Equals(before, StringComparison.OrdinalIgnoreCase)
            ? Uri.UnescapeDataString(segments[^fromEnd])
            : decoded.Replace(Slash, "/", StringComparison.OrdinalIgnoreCase);
    }
}
