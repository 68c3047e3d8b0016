using System.Buffers;
using ActorBalancer.Api.Status;
using Microsoft.Net.Http.Headers;

namespace ActorBalancer.Api.Metrics;

/// <summary><c>GET /metrics</c>: all figures, in the form that the client likes best.</summary>
/// <param name="collector">Reads them.</param>
/// <param name="queues">The queues, counted before they are read.</param>
internal sealed class MetricsEndpoint(MetricsCollector collector, QueueWatch queues)
{
    /// <summary>Age at which the queues are counted anew: two monitors that come together share a count.</summary>
    private static readonly TimeSpan CountAge = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait for that; a store that hangs must not hide all other figures.</summary>
    private static readonly TimeSpan CountPatience = TimeSpan.FromSeconds(2);

    /// <summary>Answers one request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        await queues.RefreshAsync(CountAge).WaitAsync(CountPatience, context.RequestAborted)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var format = MetricsFormat.Choose(context.Request.Headers.Accept);
        var text = new ArrayBufferWriter<byte>(64 * 1024);
        new MetricsWriter(text, format).Write(collector.Collect());
        var response = context.Response;
        response.ContentType = format.ContentType;
        response.ContentLength = text.WrittenCount;
        response.Headers[HeaderNames.Vary] = HeaderNames.Accept;
        response.Headers.CacheControl = "no-store";
        if (!HttpMethods.IsHead(context.Request.Method))
            await response.Body.WriteAsync(text.WrittenMemory, context.RequestAborted);
    }
}
