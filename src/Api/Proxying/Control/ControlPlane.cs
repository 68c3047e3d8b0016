using System.Net;
using ActorBalancer.Api.Health;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Proxying.Clients;
using ActorBalancer.Engine;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Options;
using Microsoft.AspNetCore.Http.Features;

namespace ActorBalancer.Api.Proxying.Control;

/// <summary>
/// Everything below <c>/_lb</c> on each listener: health for all, operations with the balancer's key. Nothing of it is
/// ever forwarded; other spellings of the path are ordinary paths and give no access. Any thread.
/// </summary>
/// <param name="keys">Checks the key; null: no key is right.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Told of failures.</param>
internal sealed class ControlPlane(KeyGuard? keys, TimeProvider time, ILogger log)
{
    private const string Root = "/_lb";
    private const string Backends = "/_lb/backends";
    private const string PoolParameter = "pool";

    private static readonly EdgeError NoKeySet = new(
        403, "no_key_set", "This operation needs a key, and the proxy was started without one.");

    private readonly EventFeed _feed = new(time);

    /// <summary>Whether a path, as it came, is one of ours.</summary>
    public static bool Owns(ReadOnlySpan<char> path) =>
        path.StartsWith(Root, StringComparison.Ordinal) && (path.Length == Root.Length || path[Root.Length] == '/');

    /// <summary>Answers one request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="listener">Where it came in.</param>
    /// <param name="routes">The pools there.</param>
    /// <param name="stopping">The stop of the listener.</param>
    public async Task InvokeAsync(
        HttpContext context, ListenerOptions listener, PoolRoutes routes, CancellationToken stopping)
    {
        try
        {
            if (await TryAnswerAsync(context, listener, routes, stopping) is { } error)
                await EdgeErrors.WriteAsync(context, error);
        }
        catch (Exception exception)
        {
            if (context.RequestAborted.IsCancellationRequested)
                return;
            ProxyLog.ControlFailed(log, exception);
            if (context.Response.HasStarted)
                context.Abort();
            else
                await EdgeErrors.WriteAsync(context, EdgeErrors.Internal);
        }
    }

    private async Task<EdgeError?> TryAnswerAsync(
        HttpContext context, ListenerOptions listener, PoolRoutes routes, CancellationToken stopping)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var path = RequestTarget.PathOf(target).ToString();
        var order = BackendOrder.Parse(path);
        var isKnown = path is "/_lb/health" or Backends or "/_lb/events" || order is not null;
        if (!isKnown)
            return EdgeErrors.NotFound;
        if (CheckMethod(context, order is null) is { } wrongMethod)
            return wrongMethod;
        if (path != "/_lb/health" && CheckKey(context, listener, mayBeLocal: path == "/_lb/events") is { } refused)
            return refused;
        if (FindPool(context, routes, out var pool) is { } missing)
            return missing;
        if (order is not null)
            return await CarryOutAsync(context, pool!, order);
        if (path == "/_lb/events")
            await _feed.SendAsync(context, pool!, stopping);
        else
            await WriteAsync(context, pool!.Status(), isFull: path == Backends);
        return null;
    }

    private static Task WriteAsync(HttpContext context, PoolStatus status, bool isFull) =>
        JsonAnswer.WriteAsync(context.Response, StatusCodes.Status200OK, json =>
        {
            if (isFull)
                StatusJson.WriteFull(json, status);
            else
                StatusJson.WriteHealth(json, status);
        });

    private static EdgeError? CheckMethod(HttpContext context, bool isReading)
    {
        var method = context.Request.Method;
        if (isReading ? HttpMethods.IsGet(method) || HttpMethods.IsHead(method) : HttpMethods.IsPost(method))
            return null;
        context.Response.Headers.Allow = isReading ? "GET, HEAD" : "POST";
        return EdgeErrors.MethodNotAllowed;
    }

    private EdgeError? CheckKey(HttpContext context, ListenerOptions listener, bool mayBeLocal)
    {
        if (mayBeLocal && IsLocal(context))
            return null;
        if (keys is null)
            return NoKeySet;
        var client = ClientAddress.Of(context, listener);
        return keys.Check(context.Request.Headers, client, out var isRight)
            ?? (isRight ? null : EdgeErrors.Unauthorized);
    }

    // Whoever sits at this machine may look on. A proxy here that passes others on says so in one of these headers.
    private static bool IsLocal(HttpContext context)
    {
        var headers = context.Request.Headers;
        return context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address.Unmap())
            && !headers.ContainsKey("Forwarded") && !headers.ContainsKey("X-Forwarded-For")
            && !headers.ContainsKey("X-Real-IP") && !headers.ContainsKey("Via");
    }

    // Without a name: the pool that a request for '/' of this host would reach, or the only one.
    private static EdgeError? FindPool(HttpContext context, PoolRoutes routes, out ProxyPool? pool)
    {
        var names = context.Request.Query[PoolParameter];
        PoolRoute? route;
        if (names.Count > 0)
            route = names is [{ } name] ? routes.All.FirstOrDefault(one => one.Options.Name == name) : null;
        else if (routes.All is [var only])
            route = only;
        else
            route = routes.Find(RequestTarget.HostOf(context.Request.Host.Value), "/");
        pool = route?.Pool;
        if (pool is not null)
            return null;
        return new EdgeError(
            404,
            "pool_unknown",
            names.Count > 0
                ? "This listener has no pool of that name."
                : "No pool of this listener serves '/' of this host; name one with '?pool='.")
        {
            Member = PoolParameter,
        };
    }

    private static async Task<EdgeError?> CarryOutAsync(HttpContext context, ProxyPool pool, BackendOrder order)
    {
        if (await pool.OrderAsync(order.BackendId, order.State) == OrderAnswer.Unknown)
            return UnknownBackend(pool);
        var status = pool.Status();
        var backend = status.Backends.FirstOrDefault(one => one.Options.Id == order.BackendId);
        if (backend is null)
            return UnknownBackend(pool);
        await JsonAnswer.WriteAsync(
            context.Response, StatusCodes.Status200OK, json => StatusJson.WriteFull(json, status, backend));
        return null;
    }

    private static EdgeError UnknownBackend(ProxyPool pool) =>
        new(404, "backend_unknown", $"Pool '{pool.Name}' has no backend of that id.");
}
