using System.Globalization;

namespace ActorBalancer.Api.Security;

/// <summary>Carries a session's token in a cookie that no script can read and no other site can send.</summary>
internal static class SessionCookie
{
    /// <summary>Its name.</summary>
    public const string Name = "lb-session";

    private const string Attributes = "; Path=/; HttpOnly; SameSite=Strict";

    // Pages of other ports of this host share its cookies, so one of theirs may stand before ours; a header full of
    // them costs no more than this many signatures.
    private const int TriesMax = 8;

    /// <summary>When the session of a request ends; null when it has none that is good.</summary>
    public static DateTimeOffset? Find(HttpRequest request, SessionTokens tokens)
    {
        var tries = 0;
        foreach (var header in request.Headers.Cookie)
        {
            var rest = header.AsSpan();
            while (!rest.IsEmpty)
            {
                var end = rest.IndexOf(';');
                var pair = (end < 0 ? rest : rest[..end]).Trim(' ');
                rest = end < 0 ? [] : rest[(end + 1)..];
                if (!pair.StartsWith(Name) || pair.Length == Name.Length || pair[Name.Length] != '=')
                    continue;
                if (tries++ == TriesMax)
                    return null;
                if (tokens.Check(pair[(Name.Length + 1)..]) is { } expiry)
                    return expiry;
            }
        }

        return null;
    }

    /// <summary>Gives the browser a session.</summary>
    public static void Set(HttpContext context, string token)
    {
        var seconds = (long)SessionTokens.Lifetime.TotalSeconds;
        Append(context, string.Create(CultureInfo.InvariantCulture, $"{Name}={token}; Max-Age={seconds}{Attributes}"));
    }

    /// <summary>Takes it away.</summary>
    public static void Clear(HttpContext context) => Append(context, $"{Name}=; Max-Age=0{Attributes}");

    // Who ends TLS in front of us says so in this header. A client that lies about it harms its own cookie only.
    private static void Append(HttpContext context, string cookie)
    {
        var request = context.Request;
        var isSecure = request.IsHttps
            || string.Equals(request.Headers["X-Forwarded-Proto"], "https", StringComparison.OrdinalIgnoreCase);
        context.Response.Headers.Append("Set-Cookie", isSecure ? cookie + "; Secure" : cookie);
    }
}
