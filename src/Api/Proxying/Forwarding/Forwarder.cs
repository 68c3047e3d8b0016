using System.Diagnostics;
using System.Globalization;
using ActorBalancer.Api.Tasks;
using ActorBalancer.Engine.Telemetry;
using Microsoft.Extensions.ObjectPool;

namespace ActorBalancer.Api.Proxying.Forwarding;

/// <summary>Passes a request on to a backend of its pool and the answer back. One for all pools; any thread.</summary>
/// <param name="time">The clock.</param>
/// <param name="log">Told of the proxy's own faults.</param>
/// <param name="stopping">The stop of the server.</param>
internal sealed class Forwarder(TimeProvider time, ILogger log, CancellationToken stopping)
{
    /// <summary>Name of the span of a request, made only while somebody listens.</summary>
    public const string SpanName = "proxy request";

    private readonly ObjectPool<CallClock> _clocks = CallClock.CreatePool(time);

    /// <summary>Handles one request from its first look to the end of its answer. Throws nothing.</summary>
    public Task InvokeAsync(HttpContext context, PoolRoute route)
    {
        var call = new ForwardedCall(context, route, time, _clocks, log, stopping);
        return Tracing.Source.HasListeners() ? TraceAsync(context, route, call) : call.RunAsync();
    }

    // The backend gets the client's headers as they came, the trace's among them: the span stands beside its own.
    private static async Task TraceAsync(HttpContext context, PoolRoute route, ForwardedCall call)
    {
        var headers = context.Request.Headers;
        ActivityContext parent = default;
        if (TraceContext.TakeParent(headers.TraceParent) is { } given)
            _ = Tracing.TryParse(given, TaskWishes.TakeTraceState(headers.TraceState), out parent);
        else
            Activity.Current = null; // the web framework's own would become the parent
        using var span = Tracing.Source.StartActivity(SpanName, ActivityKind.Server, parent);
        await call.RunAsync();
        if (span is null)
            return;
        span.SetTag(TracingTags.Method, KnownMethod(context.Request.Method));
        span.SetTag(TracingTags.Pool, route.Options.Name);
        span.SetTag(TracingTags.Backend, call.BackendId);
        span.SetTag(TracingTags.Status, call.Status);
        if (call.Status < StatusCodes.Status500InternalServerError)
            return;
        span.SetTag(TracingTags.ErrorType, call.Status.ToString(CultureInfo.InvariantCulture));
        span.SetStatus(ActivityStatusCode.Error);
    }

    // The conventions' word for what a client made up.
    private static string KnownMethod(string method) =>
        method is "GET" or "HEAD" or "POST" or "PUT" or "DELETE" or "CONNECT" or "OPTIONS" or "TRACE" or "PATCH"
            ? method
            : "_OTHER";
}
