using System.Runtime.InteropServices;
using ActorBalancer.Engine.Proxying;

namespace ActorBalancer.Api.Status;

/// <summary>The sums over all pools of the proxy at one moment.</summary>
/// <param name="Pools">Pools.</param>
/// <param name="Backends">Backends of the configuration.</param>
/// <param name="Healthy">Those that checks call up and that real traffic has not taken out.</param>
/// <param name="Active">Requests that run, also on backends that leave.</param>
/// <param name="Requests">Requests since the backends were added; falls when one leaves.</param>
/// <param name="Errors">Of the attempts, those answered with 5xx or not whole; a client that went is no error.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ProxyTotals(
    int Pools, int Backends, int Healthy, int Active, long Requests, long Errors)
{
    private const int ServerErrors = 4; // The place of the 5xx among the classes of answers.

    /// <summary>Adds them up from the pools' own counters; no request waits for it.</summary>
    /// <param name="proxy">The proxy; null for none.</param>
    public static ProxyTotals Of(ProxyEngine? proxy)
    {
        var totals = default(ProxyTotals);
        foreach (var pool in proxy?.Pools ?? [])
        {
            var status = pool.Status();
            var listed = status.Backends.Where(static one => !one.IsRemoved);
            totals = totals with
            {
                Pools = totals.Pools + 1,
                Backends = totals.Backends + listed.Count(),
                Healthy = totals.Healthy + listed.Count(one => one.IsHealthy && !(one.EjectedUntil > status.At)),
                Active = totals.Active + status.Backends.Sum(static one => one.Active),
                Requests = totals.Requests + listed.Sum(static one => one.Requests),
                Errors = totals.Errors + pool.Backends.Sum(ErrorsOf),
            };
        }

        return totals;
    }

    private static long ErrorsOf(Backend backend)
    {
        var counts = backend.ReadCounts();
        return counts.Answers[ServerErrors]
            + counts.Failures.Sum(static failed => failed.Key == AttemptKind.ClientGone ? 0 : failed.Value);
    }
}
