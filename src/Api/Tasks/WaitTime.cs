using System.Globalization;
using ActorBalancer.Api.Hosting;

namespace ActorBalancer.Api.Tasks;

/// <summary>How long a request may wait for a task's end.</summary>
internal static class WaitTime
{
    /// <summary>The longest wait. Source: ours; who needs longer asks again, or follows the events.</summary>
    public static readonly TimeSpan Max = TimeSpan.FromMinutes(5);

    private const string Rule = "at most 5 minutes as whole seconds or milliseconds, such as 30, 30s or 500ms";

    /// <summary>Reads the wait of a request: the query's, else that of the header <c>Prefer</c>, else none.</summary>
    /// <returns>Null when it is right.</returns>
    public static EdgeError? Take(HttpRequest request, out TimeSpan wait)
    {
        wait = default;
        if (request.Query.TryGetValue("wait", out var values))
        {
            return values.Count == 1 && TryParse(values[0], out wait)
                ? null
                : QueryErrors.Wrong("wait", Rule, values);
        }

        if (request.Headers.TryGetValue(Preferences.HeaderName, out var prefer))
            wait = Preferences.Parse(prefer).Wait ?? default;
        return null;
    }

    private static bool TryParse(ReadOnlySpan<char> text, out TimeSpan wait)
    {
        wait = default;
        var unit = 1000L;
        if (text.EndsWith("ms", StringComparison.Ordinal))
        {
            text = text[..^2];
            unit = 1;
        }
        else if (text.EndsWith("s", StringComparison.Ordinal))
        {
            text = text[..^1];
        }

        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            return false;
        wait = TimeSpan.FromMilliseconds(count * unit);
        return wait <= Max;
    }
}
