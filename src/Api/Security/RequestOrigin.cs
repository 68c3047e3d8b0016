namespace ActorBalancer.Api.Security;

/// <summary>Tells whether a browser's request comes from a page of ours.</summary>
/// <remarks>The cookie's <c>SameSite=Strict</c> stops other sites, but other ports of this host are the same site; this
/// stops those.</remarks>
internal static class RequestOrigin
{
    /// <summary>True when a request with a session may be answered. One that changes something must come from a page of
    /// ours; one that only reads must not come from a script of somebody else, who could not read the answer but could
    /// hold a stream or a WebSocket open.</summary>
    public static bool MayUseSession(HttpRequest request) =>
        (IsSafe(request.Method) && request.Headers.Origin.Count == 0) || IsOwn(request);

    /// <summary>True when the browser says that the page is of the request's own origin. Without a word from it, the
    /// answer is no.</summary>
    public static bool IsOwn(HttpRequest request)
    {
        // Browsers send it to https and to loopback addresses; no page can set it.
        if (request.Headers.TryGetValue("Sec-Fetch-Site", out var site))
            return site is ["same-origin"];
        if (request.Headers.Origin is not [{ } origin])
            return false;
        var host = request.Host.Value ?? "";
        return IsAt(origin, "https://", host) || (!request.IsHttps && IsAt(origin, "http://", host));
    }

    // RFC 9110, section 9.2.1: these change nothing.
    private static bool IsSafe(string method) =>
        method == HttpMethods.Get || method == HttpMethods.Head || method == HttpMethods.Options;

    private static bool IsAt(string origin, string scheme, string host) =>
        host.Length > 0
        && origin.Length == scheme.Length + host.Length
        && origin.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)
        && origin.EndsWith(host, StringComparison.OrdinalIgnoreCase);
}
