using System.Net;
using ActorBalancer.Api.Proxying.Clients;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Engine.Routing;
using Microsoft.Extensions.Primitives;

namespace ActorBalancer.Api.Proxying.Sticky;

/// <summary>
/// Knows clients again: reads a pool's cookie or key from a request and writes the cookie. Any thread. What a client
/// sends is never an error: a value that is not ours names nobody, so the client is placed anew and gets a new cookie.
/// The cookie stays in the request that goes to the backend, as with smart-stick.
/// </summary>
/// <param name="pool">Whose backends the cookies name.</param>
/// <param name="options">How clients are known.</param>
internal sealed class StickyClients(ProxyPool pool, StickyOptions options)
{
    /// <summary>Most cookies of the name that are looked at, so that a head full of them costs nothing. Source: ours; a
    /// browser sends one for each path and domain that set it.</summary>
    private const int CandidatesMax = 8;

    private volatile CookieTable? _table;

    private CookieTable Table
    {
        get
        {
            // Two threads may both make the same table; the later one stays.
            var backends = pool.Backends;
            return _table is { } table && ReferenceEquals(table.Backends, backends)
                ? table
                : _table = new CookieTable(pool.Name, backends, options);
        }
    }

    /// <summary>What the pool may know of the request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="client">The client's address.</param>
    /// <param name="isCurrent">True when the client's cookie names a backend as a new cookie would.</param>
    /// <remarks>Of several cookies of the name, the first that names a backend counts.</remarks>
    public PickRequest Read(HttpRequest request, IPAddress? client, out bool isCurrent)
    {
        isCurrent = false;
        Backend? named = null;
        ulong key = 0;
        switch (options.Kind)
        {
            case StickyKind.Cookie or StickyKind.SignedCookie:
                named = FindNamed(request.Headers.Cookie, out isCurrent);
                break;
            case StickyKind.Header when options.HeaderName is { } name:
                key = HashOf(request.Headers[name]);
                break;
            case StickyKind.ClientAddress:
                key = ClientAddress.Hash(client);
                break;
        }

        // Consistent hashing needs a key also for clients that have no cookie yet, or no backend any more.
        if (key == 0 && options.Kind != StickyKind.Header && pool.Options.Strategy == RoutingStrategies.ConsistentHash)
            key = ClientAddress.Hash(client);
        return new PickRequest(named, key, client);
    }

    /// <summary>Adds the cookie that names the backend, when clients are known by one.</summary>
    public void Write(HttpContext context, Backend backend)
    {
        if (options.Kind is not (StickyKind.Cookie or StickyKind.SignedCookie))
            return;
        var headers = context.Response.Headers;
        var cookie = Table.SetCookieOf(backend, ClientAddress.IsTls(context));
        headers.SetCookie = StringValues.Concat(headers.SetCookie, cookie);
    }

    /// <summary>Several lines count as one value, in their order. No header: no key, the strategy decides.</summary>
    private static ulong HashOf(StringValues values) => RoutingKey.Hash(values.ToString());

    private Backend? FindNamed(StringValues lines, out bool isCurrent)
    {
        var isSigned = options.Kind == StickyKind.SignedCookie;
        var values = new CookieValues(lines, options.CookieName);
        for (var count = 0; count < CandidatesMax && values.MoveNext(); count++)
        {
            var value = CookieValues.Unquote(values.Current);
            if (isSigned)
            {
                if (Table.Find(value, out isCurrent) is { } signed)
                    return signed;
            }
            else if (value.Length > 0 && pool.Find(value) is { } plain)
            {
                isCurrent = true;
                return plain;
            }
        }

        isCurrent = false;
        return null;
    }
}
