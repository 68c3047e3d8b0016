using ActorBalancer.Api.Proxying.Forwarding;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.ResponseCompression;

namespace ActorBalancer.Api.Proxying.Listening;

/// <summary>The forwarder with answers compressed, for pools that want it. Others never come by here. Any thread.
/// </summary>
internal sealed class CompressingForwarder
{
    private readonly ResponseCompressionMiddleware _middleware;

    /// <summary>Puts compression around a forwarder.</summary>
    public CompressingForwarder(Forwarder forwarder) => _middleware = new ResponseCompressionMiddleware(
        context => forwarder.InvokeAsync(context, context.Features.GetRequiredFeature<PoolRoute>()),
        new AnswerCompression());

    /// <summary>Handles one request.</summary>
    public async Task InvokeAsync(HttpContext context, PoolRoute route)
    {
        context.Features.Set(route);

        // Compressing takes the processor for long: not on the thread that serves the sockets.
        await Task.Yield();
        await _middleware.Invoke(context);
    }
}
