using ActorBalancer.Api.Metrics;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace ActorBalancer.Api.Hosting;

/// <summary>Answers that come bit by bit over a long time.</summary>
internal static class LongAnswers
{
    // A client may read slowly, as back-pressure on the worker, but one that takes nothing for so long has gone.
    // Kestrel's own 5 s would end what is only slow. The rate is Kestrel's.
    private static readonly MinDataRate SlowestReader = new(240, TimeSpan.FromMinutes(5));

    /// <summary>Sets what such an answer needs before its first byte: no proxy may gather it, no cache keep it, and the
    /// client may be slow.</summary>
    public static void Prepare(HttpContext context)
    {
        if (context.Response.ContentType == "text/event-stream")
            StreamMetrics.Count(context.Response);
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers["X-Accel-Buffering"] = "no";
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
            rate.MinDataRate = SlowestReader;
    }
}
