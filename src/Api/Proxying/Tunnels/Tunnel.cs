using ActorBalancer.Engine.Proxying;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace ActorBalancer.Api.Proxying.Tunnels;

/// <summary>An upgraded connection: passes bytes both ways until one side ends it.</summary>
internal static class Tunnel
{
    /// <summary>Answers the client with 101 (200 in HTTP/2) and the backend's headers that belong to it (those are set
    /// on the response already).</summary>
    /// <returns>The client's side of the connection; null when the client has gone, or the server has as many upgraded
    /// connections as it may. The answer is then still to be given, unless it has begun.</returns>
    public static async Task<Stream?> AcceptAsync(HttpContext context)
    {
        try
        {
            return await UpgradeAsync(context);
        }
        catch (Exception)
        {
            return null;
        }
    }

    /// <summary>Passes bytes on until an end of either side, the idle time, the end of the backend's drain
    /// (<see cref="Backend.Closing"/>, 1001) or the stop of the server (1001). Never throws for what peers do.
    /// </summary>
    /// <param name="context">The client's request.</param>
    /// <param name="client">The client's side.</param>
    /// <param name="route">The pool.</param>
    /// <param name="backend">Who answered.</param>
    /// <param name="response">The accepted answer; its content is the connection.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stopping">The stop of the server.</param>
    /// <returns>Bytes passed to the backend and to the client.</returns>
    public static async Task<(long In, long Out)> RunAsync(
        HttpContext context,
        Stream client,
        PoolRoute route,
        Backend backend,
        HttpResponseMessage response,
        TimeProvider time,
        CancellationToken stopping)
    {
        var options = route.Options;
        var ours = await response.Content.ReadAsStreamAsync(CancellationToken.None);
        using var run = new TunnelRun(
            client, ours, options.Timeouts.Tunnel, options.Limits.WebSocketMessageMax, time);
        using (backend.Closing.UnsafeRegister(static state => ((TunnelRun)state!).SayGoodbye(), run))
        using (stopping.UnsafeRegister(static state => ((TunnelRun)state!).SayGoodbye(), run))
        {
            if (!await run.RunAsync())
                context.Abort();
        }

        return (run.InCount, run.OutCount);
    }

    private static async Task<Stream> UpgradeAsync(HttpContext context)
    {
        // A quiet connection is not a slow body, and a long one not a large one.
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        WebSocketHandshake.Answer(context);
        return context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect
            ? await connect.AcceptAsync()
            : await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
    }
}
