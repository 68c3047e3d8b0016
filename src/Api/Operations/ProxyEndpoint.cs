using ActorBalancer.Api.Health;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Proxying.Control;
using ActorBalancer.Engine.Proxying;

namespace ActorBalancer.Api.Operations;

/// <summary><c>GET /proxy</c> and the orders about backends. Thread-safe.</summary>
/// <param name="proxy">The pools; null while there is no proxy.</param>
/// <param name="shares">What part of the requests each backend gets.</param>
internal sealed class ProxyEndpoint(Func<ProxyEngine?> proxy, BackendShares shares)
{
    private static readonly EdgeError UnknownPool = new(
        404, "pool_unknown", "The proxy has no pool of this name; GET /proxy lists them.")
    {
        Member = "pool",
    };

    /// <summary>All pools.</summary>
    public Task ListAsync(HttpContext context) => JsonAnswer.WriteAsync(
        context.Response, StatusCodes.Status200OK, json => ProxyJson.Write(json, proxy(), shares));

    /// <summary>An order about one backend of one pool.</summary>
    public async Task OrderAsync(HttpContext context, BackendState wanted)
    {
        // .../proxy/POOL/backends/ID/WORD
        var name = PathSegments.Read(context, Value(context, "pool"), "proxy", fromEnd: 4);
        var id = PathSegments.Read(context, Value(context, "id"), "backends", fromEnd: 2);
        if (proxy()?.Find(name) is not { } pool)
        {
            await EdgeErrors.WriteAsync(context, UnknownPool);
            return;
        }

        var answer = await pool.OrderAsync(id, wanted);
        var status = pool.Status();
        var place = answer == OrderAnswer.Done ? IndexOf(status, id) : -1;
        if (place < 0)
        {
            var unknown = new EdgeError(
                404, "backend_unknown", $"Pool '{pool.Name}' has no backend of that id.")
            {
                Member = "id",
            };
            await EdgeErrors.WriteAsync(context, unknown);
            return;
        }

        await JsonAnswer.WriteAsync(
            context.Response,
            StatusCodes.Status200OK,
            json => StatusJson.WriteFull(json, status, status.Backends[place], shares.Read(status)[place]));
    }

    private static string Value(HttpContext context, string name) => (string)context.Request.RouteValues[name]!;

    // One that left the configuration and still drains may have the identity of one that is there.
    private static int IndexOf(PoolStatus status, string id)
    {
        for (var place = 0; place < status.Backends.Count; place++)
        {
            if (status.Backends[place].Options.Id == id && !status.Backends[place].IsRemoved)
                return place;
        }

        return -1;
    }
}
