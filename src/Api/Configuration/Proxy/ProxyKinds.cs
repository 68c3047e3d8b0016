using System.Globalization;
using System.Net;
using ActorBalancer.Api.Configuration.Kinds;
using ActorBalancer.Engine.Alerts.Mail;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Engine.Routing;
using ActorBalancer.Engine.Webhooks;

namespace ActorBalancer.Api.Configuration.Proxy;

/// <summary>What the values of the proxy's configuration may be. Where no source is named, a range is ours: wide enough
/// for any sensible use, narrow enough to catch a wrong unit.</summary>
internal static class ProxyKinds
{
    /// <summary>Most header lines of a check, and most bytes of one of their values.</summary>
    public const int HeadersMax = 64;

    /// <summary>Shortest secret of a signed cookie in bytes: 128 bits.</summary>
    public const int SecretBytesMin = 16;

    /// <summary>Most secrets of one pool.</summary>
    public const int SecretsMax = 4;

    /// <summary>Largest weight of a backend.</summary>
    public const int WeightMax = 1000;

    private const int NameLengthMax = 64;
    private const int TextMax = 1024;
    private static readonly TimeSpan TenMilliseconds = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan OneHour = TimeSpan.FromHours(1);

    // A timer of .NET runs for at most 49 days.
    private static readonly TimeSpan ThirtyDays = TimeSpan.FromDays(30);

    public static WholeNumberKind Port { get; } = new(0, 65535, "0 = any free port");

    public static WholeNumberKind MailPort { get; } = new(1, 65535);

    public static WholeNumberKind Weight { get; } = new(1, WeightMax);

    public static WholeNumberKind Streak { get; } = new(1, 100);

    public static WholeNumberKind Attempts { get; } = new(0, 10);

    public static WholeNumberKind Count { get; } = new(0, 1_000_000);

    public static WholeNumberKind CountFromOne { get; } = new(1, 1_000_000);

    public static DurationKind CheckTime { get; } = new(TenMilliseconds, OneHour);

    public static DurationKind Window { get; } = new(TimeSpan.FromSeconds(1), OneHour);

    public static DurationKind Span { get; } = new(TimeSpan.Zero, ThirtyDays);

    public static DurationKind Wait { get; } = new(TenMilliseconds, ThirtyDays);

    public static DurationKind CookieAge { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromDays(400));

    public static ByteSizeKind HeaderBytes { get; } = new(1024, 16 * 1024 * 1024);

    public static ByteSizeKind BodyBytes { get; } = new(0, 1L << 50);

    public static BooleanKind Boolean { get; } = new();

    public static ChoiceKind<string> Strategy { get; } =
        new([.. RoutingStrategies.Names.Select(static name => (name, name))]);

    public static ChoiceKind<HealthAlgorithm> Algorithm { get; } =
        new([("http-status", HealthAlgorithm.HttpStatus), ("http", HealthAlgorithm.Http)]);

    public static ChoiceKind<StickyKind> StickyBy { get; } = new(
    [
        ("cookie", StickyKind.Cookie), ("signed-cookie", StickyKind.SignedCookie), ("header", StickyKind.Header),
        ("client-ip", StickyKind.ClientAddress), ("none", StickyKind.None),
    ]);

    public static ChoiceKind<string> SameSite { get; } = new([("Lax", "Lax"), ("Strict", "Strict"), ("None", "None")]);

    public static ChoiceKind<AccessLogFormat> LogFormat { get; } = new(
        [("off", AccessLogFormat.Off), ("json", AccessLogFormat.Json), ("combined", AccessLogFormat.Combined)]);

    public static ChoiceKind<MailService> MailService { get; } =
        new([.. MailServices.All.Select(static service => (service.Name, service))]);

    public static TextKind FilePath { get; } = new("path", "a path", isEmptyAllowed: false, isSpaceAllowed: true);

    /// <summary>Any text of a length that makes sense; a mail server's user or password.</summary>
    public static RuleKind<string> Text { get; } = new(
        "text", "1 to 1024 characters without control characters",
        static (string text, out string value) =>
        {
            value = text;
            return text.Length is 0 or > TextMax ? "is empty or too long"
                : text.Any(char.IsControl) ? "holds a control character" : null;
        },
        isTrimmed: false);

    /// <summary>A part of a whole.</summary>
    public static RuleKind<double> Share { get; } = new(
        "share", "0 to 1",
        static (string text, out double value) =>
            !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
            || !double.IsFinite(value)
                ? "is not a number"
                : value is < 0 or > 1 ? "is out of range" : null);

    /// <summary>The identity of a backend of a smart-stick file.</summary>
    public static RuleKind<long> WholeId { get; } = new(
        "whole number", "a whole number that no other backend has",
        static (string text, out long value) =>
            long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)
                ? null
                : "is not a whole number of at most 64 bits");

    /// <summary>The identity of a backend.</summary>
    public static RuleKind<string> BackendId { get; } = new(
        "identity", "1 to 64 characters of printable ASCII without space, ';' and ','",
        static (string text, out string value) =>
        {
            value = text;
            return IsBackendId(text) ? null : "is no identity";
        });

    /// <summary>The name of a pool.</summary>
    public static RuleKind<string> PoolName { get; } = new(
        "name", "1 to 64 letters, digits, '-' and '_'",
        static (string text, out string value) =>
        {
            value = text;
            return IsPoolName(text) ? null : "is no name of a pool";
        });

    /// <summary>Where a backend is.</summary>
    public static RuleKind<Uri> BackendUrl { get; } = new(
        "URL", "http:// or https://, a host, a port and a path, without user, query and fragment", ReadBackendUrl);

    /// <summary>Where alerts are sent.</summary>
    public static RuleKind<Uri> WebhookUrl { get; } =
        new("URL", "an http or https URL with a host", ReadWebhookUrl);

    /// <summary>An e-mail address.</summary>
    public static RuleKind<string> MailAddress { get; } = new(
        "e-mail address", MailAddresses.Allowed,
        static (string text, out string value) =>
        {
            value = text;
            return MailAddresses.IsValid(text) ? null : "is no e-mail address";
        });

    /// <summary>The path of a check or of a cookie.</summary>
    public static RuleKind<string> UrlPath { get; } = new(
        "path", "a slash and then printable ASCII without space, ';' and '#', at most 1024 characters",
        static (string text, out string value) =>
        {
            value = text;
            return IsPath(text) ? null : "is no path";
        });

    /// <summary>A path prefix, without a slash at the end.</summary>
    public static RuleKind<string> PathPrefix { get; } = new(
        "path prefix", "a slash and then printable ASCII without space, '%', '?', ';' and '#', at most 1024 characters",
        static (string text, out string value) =>
        {
            value = text.Length > 1 ? text.TrimEnd('/') : text;
            return IsPath(text) && value.Length > 0 && text.AsSpan().IndexOfAny('?', '%') < 0
                && !text.Split('/').Any(static part => part is "." or "..")
                ? null
                : "is no path prefix";
        });

    /// <summary>An HTTP method.</summary>
    public static RuleKind<string> Method { get; } = new(
        "method", "an HTTP method other than CONNECT, such as GET, HEAD or POST",
        static (string text, out string value) =>
        {
            value = text.ToUpperInvariant();
            return WebhookHeaders.IsName(text) && text.Length <= 32 && value != "CONNECT"
                ? null
                : "is no method for a check";
        });

    /// <summary>The name of a cookie or of a header.</summary>
    public static RuleKind<string> Token { get; } = new(
        "name", "1 to 64 letters, digits and signs of !#$%&'*+-.^_`|~",
        static (string text, out string value) =>
        {
            value = text;
            return WebhookHeaders.IsName(text) && text.Length <= 64 ? null : "is no name";
        });

    /// <summary>A host name that requests are told apart by.</summary>
    public static RuleKind<string> HostPattern { get; } = new(
        "host", "a host name or address without port, or '*.' and a host name", ReadHostPattern);

    /// <summary>The host name of a server that is called, or of a cookie's domain.</summary>
    public static RuleKind<string> HostName { get; } = new(
        "host", "a host name or an IP address",
        static (string text, out string value) =>
        {
            value = text;
            return IsHostName(text) || IPAddress.TryParse(text, out _) ? null : "is no host";
        });

    /// <summary>Where to listen; null for every address.</summary>
    public static RuleKind<IPAddress?> Address { get; } = new(
        "address", "an IP address, 'localhost' (127.0.0.1) or '*' (every address)",
        static (string text, out IPAddress? value) =>
        {
            value = null;
            if (text == "*")
                return null;
            if (new BindAddressKind().Read(text, out var addresses) is { } problem)
                return problem;
            if (addresses.Count == 0)
                return "is empty";
            value = addresses[0];
            return null;
        });

    /// <summary>A network, or a single address.</summary>
    public static RuleKind<IPNetwork> Network { get; } = new(
        "network", "a network in CIDR form such as 10.0.0.0/8, or an IP address", ReadNetwork);

    /// <summary>A secret of a signed cookie.</summary>
    public static RuleKind<string> CookieSecret { get; } = new(
        "secret", "16 to 1024 characters of printable ASCII",
        static (string text, out string value) =>
        {
            value = text;
            return text.Length is < SecretBytesMin or > TextMax
                ? "is too short or too long"
                : text.AsSpan().IndexOfAnyExceptInRange(' ', '~') >= 0
                    ? "holds a character that is no printable ASCII"
                    : null;
        },
        isTrimmed: false);

    /// <summary>Whether a text is one of <see cref="BackendId"/>, as it stands.</summary>
    public static bool IsBackendId(string text) => text.Length is > 0 and <= NameLengthMax
        && text.All(static one => one is > ' ' and <= '~' and not (';' or ','));

    /// <summary>Whether a text is one of <see cref="PoolName"/>, as it stands.</summary>
    public static bool IsPoolName(string text) => text.Length is > 0 and <= NameLengthMax
        && text.All(static one => char.IsAsciiLetterOrDigit(one) || one is '-' or '_');

    /// <summary>Whether a text is a host name: labels of letters, digits, '-' and '_', with dots between.</summary>
    public static bool IsHostName(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > 253)
            return false;
        foreach (var range in text.Split('.'))
        {
            var label = text[range];
            if (label.Length is 0 or > 63 || label[0] == '-' || label[^1] == '-')
                return false;
            foreach (var one in label)
            {
                if (!char.IsAsciiLetterOrDigit(one) && one is not '-' and not '_')
                    return false;
            }
        }

        return true;
    }

    private static bool IsHttp(Uri url) => url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps;

    private static bool IsPath(string text) => text.Length is > 0 and <= TextMax && text[0] == '/'
        && !text.Any(static one => one is <= ' ' or > '~' or '#' or '\\' or ';');

    private static string? ReadBackendUrl(string text, out Uri value)
    {
        value = null!;
        if (text.Length > TextMax || text.Any(static one => one is <= ' ' or > '~' or '\\'))
            return "holds a character that no URL has, or is too long";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url))
            return "is no URL";
        value = url;
        if (!IsHttp(url))
            return $"has the scheme '{url.Scheme}'";
        if (url.Host.Length == 0 || url.Port == 0)
            return "names no host or no port that can be called";
        if (url.UserInfo.Length > 0 || text.Contains('@', StringComparison.Ordinal))
            return "names a user";
        return text.AsSpan().IndexOfAny('?', '#') >= 0 ? "has a query or a fragment" : null;
    }

    private static string? ReadWebhookUrl(string text, out Uri value)
    {
        value = null!;
        if (text.Length > TextMax || text.Any(static one => one is <= ' ' or > '~' or '\\'))
            return "holds a character that no URL has, or is too long";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Host.Length == 0)
            return "is no URL";
        value = url;
        return IsHttp(url) ? null : $"has the scheme '{url.Scheme}'";
    }

    private static string? ReadHostPattern(string text, out string value)
    {
        value = text.ToLowerInvariant();
        if (value.StartsWith('[') && value.EndsWith(']') && IPAddress.TryParse(value, out _))
            return null;
        var name = value.StartsWith("*.", StringComparison.Ordinal) ? value.AsSpan(2) : value;
        return IsHostName(name) ? null : "is no host name";
    }

    private static string? ReadNetwork(string text, out IPNetwork value)
    {
        value = default;
        if (text.Contains('/', StringComparison.Ordinal))
        {
            // Since .NET 10 bits behind the prefix are cut off without a word; here they mean that something is wrong.
            var written = text.AsSpan(0, text.IndexOf('/', StringComparison.Ordinal));
            return IPNetwork.TryParse(text, out value) && value.BaseAddress.Equals(IPAddress.Parse(written))
                ? null
                : "is no network (the bits behind the prefix must be zero)";
        }

        if (new BindAddressKind().Read(text, out var addresses) is not null || addresses.Count == 0 || text == "*")
            return "is no network";
        var address = addresses[0];
        value = new IPNetwork(address, address.GetAddressBytes().Length * 8);
        return null;
    }
}
