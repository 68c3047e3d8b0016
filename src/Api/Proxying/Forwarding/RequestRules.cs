using ActorBalancer.Api.Proxying.Tunnels;
using Microsoft.AspNetCore.Http.Features;

namespace ActorBalancer.Api.Proxying.Forwarding;

/// <summary>Which requests are passed on. What Kestrel refuses by itself (<see cref="StrictHttp"/>) does not come
/// here.</summary>
internal static class RequestRules
{
    /// <summary>Why the request is refused, its headers' values apart; null when it is not.</summary>
    /// <param name="request">The request.</param>
    /// <param name="intent">What it has to do with WebSockets.</param>
    /// <param name="bodyMax">Most bytes of a body; 0: no limit.</param>
    public static ErrorAnswer? Refuse(HttpRequest request, WebSocketIntent intent, long bodyMax)
    {
        if (intent == WebSocketIntent.Broken)
        {
            return request.Headers.SecWebSocketVersion == "13"
                ? ErrorAnswer.BadHandshake
                : ErrorAnswer.HandshakeVersion;
        }

        var method = request.Method;
        if (HttpMethods.IsTrace(method) || (HttpMethods.IsConnect(method) && intent != WebSocketIntent.Opening))
            return ErrorAnswer.NotAllowed;

        // Methods are told apart by case (RFC 9110, section 9.1), but not by every server and library.
        if (method.AsSpan().ContainsAnyInRange('a', 'z'))
            return ErrorAnswer.BadMethod;
        if (!IsFit(request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget))
            return ErrorAnswer.BadTarget;
        if (request.Headers.TransferEncoding.Count > 0 && !IsClearlyChunked(request))
            return ErrorAnswer.BadFraming;
        return bodyMax > 0 && request.ContentLength > bodyMax ? ErrorAnswer.LargeBody : null;
    }

    /// <summary>True for a method that may be repeated (RFC 9110, section 9.2.2), or a request whose sender says that
    /// the backend knows a repetition by its key.</summary>
    public static bool IsIdempotent(HttpRequest request)
    {
        var method = request.Method;
        return HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsPut(method)
            || HttpMethods.IsDelete(method) || HttpMethods.IsOptions(method)
            || request.Headers.ContainsKey("Idempotency-Key");
    }

    /// <summary>True for a header that the proxy writes itself: <c>Host</c>, <c>Content-Length</c>; and
    /// <c>Expect</c>, which Kestrel has answered already.</summary>
    public static bool IsOurs(string name) => name.Length switch
    {
        4 => name.Equals("Host", StringComparison.OrdinalIgnoreCase),
        6 => name.Equals("Expect", StringComparison.OrdinalIgnoreCase),
        14 => name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase),
        _ => false,
    };

    /// <summary>What the client is told when its own body was at fault.</summary>
    public static ErrorAnswer ErrorOf(RequestBody? body) => body switch
    {
        { IsTooLarge: true } => ErrorAnswer.LargeBody,
        { ClientFailure: BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } } =>
            ErrorAnswer.LargeBody,
        { ClientFailure: BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } } =>
            ErrorAnswer.SlowBody,
        { IsReading: true, ClientFailure: null } => ErrorAnswer.SlowBody,
        _ => ErrorAnswer.BadBody,
    };

    // Printable ASCII without '#': a fragment is no part of a target (RFC 9112, section 3.2), and servers differ in
    // what they make of one. '*' alone has no path to pass on.
    private static bool IsFit(string target) =>
        target.Length > 0 && target != "*" && !target.AsSpan().ContainsAnyExceptInRange('!', '~')
        && !target.Contains('#');

    // RFC 9112, sections 6.1 and 6.3: HTTP/1.0 has no transfer codings, and a length beside them is an attack or a
    // fault. Kestrel takes that length out of the way into a header of its own.
    private static bool IsClearlyChunked(HttpRequest request)
    {
        var coding = request.Headers.TransferEncoding;
        return coding.Count == 1 && string.Equals(coding[0], "chunked", StringComparison.OrdinalIgnoreCase)
            && HttpProtocol.IsHttp11(request.Protocol)
            && request.ContentLength is null
            && !request.Headers.ContainsKey("X-Content-Length");
    }
}
