using System.Runtime.InteropServices;

namespace ActorBalancer.Api.Status;

/// <summary>What happened in a second, on average between two samples.</summary>
/// <param name="Submitted">Tasks taken in.</param>
/// <param name="Completed">Tasks that ended, however they did.</param>
/// <param name="Failed">Of these, tasks that are dead or expired.</param>
/// <param name="ProxyRequests">Requests to backends.</param>
/// <param name="ProxyErrors">Of these, failed ones.</param>
/// <param name="CpuPercent">Processor time that the process took, in hundredths of all cores: 0 to 100.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct StatusRates(
    double Submitted, double Completed, double Failed, double ProxyRequests, double ProxyErrors, double CpuPercent)
{
    /// <summary>Share of the ended tasks that failed, 0 to 1; null when none ended.</summary>
    public double? ErrorShare => Completed > 0 ? Failed / Completed : null;

    /// <summary>The rates between two samples.</summary>
    /// <param name="before">The earlier.</param>
    /// <param name="after">The later; the same gives zeros.</param>
    /// <param name="time">The clock that both were taken by.</param>
    public static StatusRates Between(StatusSample before, StatusSample after, TimeProvider time)
    {
        var seconds = time.GetElapsedTime(before.Timestamp, after.Timestamp).TotalSeconds;
        if (seconds <= 0)
            return default;
        var (old, now) = (before.Figures, after.Figures);
        var failed = now.Dead - old.Dead + (now.Expired - old.Expired);
        var ended = failed + (now.Succeeded - old.Succeeded) + (now.Cancelled - old.Cancelled);
        var cpu = (after.Process.Cpu - before.Process.Cpu).TotalSeconds / Environment.ProcessorCount;
        return new StatusRates(
            PerSecond(now.Submitted - old.Submitted),
            PerSecond(ended),
            PerSecond(failed),
            PerSecond(after.Proxy.Requests - before.Proxy.Requests),
            PerSecond(after.Proxy.Errors - before.Proxy.Errors),
            Math.Clamp(100 * PerSecond(cpu), 0, 100));

        // What a backend had counted goes with it.
        double PerSecond(double count) => Math.Max(0, count) / seconds;
    }
}
