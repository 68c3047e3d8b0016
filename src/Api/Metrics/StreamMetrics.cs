using System.Diagnostics.Metrics;

namespace ActorBalancer.Api.Metrics;

/// <summary>Event streams that are open, of all servers of the process, as an instrument of the meter
/// <c>ActorBalancer.Http</c>.</summary>
internal static class StreamMetrics
{
    private static readonly Meter Meter = new("ActorBalancer.Http");

    private static readonly UpDownCounter<long> Open = Meter.CreateUpDownCounter<long>(
        "lb_sse_streams", description: "Event streams that are open.");

    /// <summary>A stream begins; it ends with its request.</summary>
    public static void Count(HttpResponse response)
    {
        Open.Add(1);
        response.OnCompleted(static () =>
        {
            Open.Add(-1);
            return Task.CompletedTask;
        });
    }
}
