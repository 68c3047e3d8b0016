using Microsoft.Extensions.ObjectPool;

namespace ActorBalancer.Api.Proxying.Forwarding;

/// <summary>Passes a request on to a backend of its pool and the answer back. One for all pools; any thread.</summary>
/// <param name="time">The clock.</param>
/// <param name="log">Told of the proxy's own faults.</param>
/// <param name="stopping">The stop of the server.</param>
internal sealed class Forwarder(TimeProvider time, ILogger log, CancellationToken stopping)
{
    private readonly ObjectPool<CallClock> _clocks = CallClock.CreatePool(time);

    /// <summary>Handles one request from its first look to the end of its answer. Throws nothing.</summary>
    public Task InvokeAsync(HttpContext context, PoolRoute route) =>
        new ForwardedCall(context, route, time, _clocks, log, stopping).RunAsync();
}
