using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Engine.Webhooks;

namespace ActorBalancer.Api.Configuration.Proxy;

/// <summary>Reads how the health of backends is asked.</summary>
internal static class HealthReader
{
    private const int HeaderBytesMax = 8 * 1024;

    // What belongs to the connection or frames the body (RFC 9110, section 7.6.1): the check sets them itself.
    private static readonly string[] Reserved =
    [
        "connection", "content-length", "expect", "keep-alive", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade",
    ];

    /// <summary>Reads the settings that are there; the others stay as <paramref name="fallback"/> has them.</summary>
    /// <param name="section">Where they stand; null for nowhere.</param>
    /// <param name="fallback">What counts where nothing is said.</param>
    /// <param name="nameOf">What a setting is called here, by its plain name.</param>
    public static HealthOptions Read(ConfigSection? section, HealthOptions fallback, Func<string, string> nameOf) =>
        section is null
            ? fallback
            : fallback with
            {
                Interval = section.Read(nameOf("interval"), ProxyKinds.CheckTime, fallback.Interval),
                Path = section.Read(nameOf("path"), ProxyKinds.UrlPath, fallback.Path),
                Method = section.Read(nameOf("method"), ProxyKinds.Method, fallback.Method),
                Algorithm = section.Read(nameOf("algorithm"), ProxyKinds.Algorithm, fallback.Algorithm),
                Timeout = section.Read(nameOf("timeout"), ProxyKinds.CheckTime, fallback.Timeout),
                Headers = ReadHeaders(section, nameOf("headers"), fallback.Headers),
                Fall = section.Read(nameOf("fall"), ProxyKinds.Streak, fallback.Fall),
                Rise = section.Read(nameOf("rise"), ProxyKinds.Streak, fallback.Rise),
            };

    // The headers of a backend take the place of the global ones as a whole, as in smart-stick. Values are not shown:
    // a token for the check stands there often.
    private static IReadOnlyDictionary<string, string> ReadHeaders(
        ConfigSection section, string name, IReadOnlyDictionary<string, string> fallback)
    {
        if (section.Section(name) is not { } lines)
            return fallback;
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var header in lines.Names.ToArray())
        {
            if (!WebhookHeaders.IsName(header))
                section.Wrong(name, $"{SettingsReport.Quote(header)} is no name of a header line");
            else if (Reserved.Contains(header, StringComparer.OrdinalIgnoreCase))
                section.Wrong(name, $"{SettingsReport.Quote(header)} is set by the check itself");
            else if (lines.TryRead(header, HeaderValue, out var value, isSecret: true)
                && !headers.TryAdd(header, value))
                section.Wrong(name, $"{SettingsReport.Quote(header)} stands there twice");
        }

        if (headers.Count > ProxyKinds.HeadersMax)
            section.Wrong(name, $"holds {headers.Count} header lines; at most {ProxyKinds.HeadersMax} are allowed");
        return headers;
    }

    private static RuleKind<string> HeaderValue { get; } = new(
        "header value", "a text of at most 8192 characters without control characters, in Latin1",
        static (string text, out string value) =>
        {
            value = text;
            return !WebhookHeaders.IsValue(text)
                ? "holds a character that a header line cannot carry"
                : text.Length > HeaderBytesMax ? "is too long" : null;
        },
        isTrimmed: false);
}
