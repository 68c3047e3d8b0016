using ActorBalancer.Engine.Proxying;

namespace ActorBalancer.Api.Proxying.Tunnels;

/// <summary>An upgraded connection: passes bytes both ways until one side ends it.</summary>
internal static class Tunnel
{
    /// <summary>Answers the client with 101 and the backend's headers that belong to it (those are set on the response
    /// already), then passes bytes on until an end of either side, the idle time, the end of the backend's drain
    /// (<see cref="Backend.Closing"/>, 1001) or the stop of the server (1001). Never throws for what peers do.</summary>
    /// <param name="context">The client's request.</param>
    /// <param name="route">The pool.</param>
    /// <param name="backend">Who answered.</param>
    /// <param name="response">The accepted answer; its content is the connection.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stopping">The stop of the server.</param>
    /// <returns>Bytes passed to the backend and to the client.</returns>
    public static Task<(long In, long Out)> RunAsync(
        HttpContext context, PoolRoute route, Backend backend, HttpResponseMessage response, TimeProvider time,
        CancellationToken stopping)
    {
        _ = (context, route, backend, response, time, stopping);
        throw new NotSupportedException();
    }
}
