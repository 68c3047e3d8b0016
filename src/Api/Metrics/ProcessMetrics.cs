using System.Diagnostics;
using System.Diagnostics.Metrics;
using ActorBalancer.Api.Status;

namespace ActorBalancer.Api.Metrics;

/// <summary>The process under the names that Prometheus' own clients use, as instruments of the meter
/// <c>ActorBalancer.Process</c>.</summary>
internal sealed class ProcessMetrics : IDisposable
{
    private const string OpenFiles = "/proc/self/fd";

    private readonly Meter _meter;

    /// <param name="scope">Tells this balancer's meters from those of another in the same process.</param>
    public ProcessMetrics(object scope)
    {
        using var process = Process.GetCurrentProcess();
        var startedAt = new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000.0;
        _meter = new Meter(new MeterOptions("ActorBalancer.Process") { Scope = scope });
        _meter.CreateObservableCounter(
            "process_cpu_seconds_total", static () => ProcessUse.Read().Cpu.TotalSeconds, "s",
            "Processor time of all threads.");
        _meter.CreateObservableGauge(
            "process_resident_memory_bytes", static () => ProcessUse.Read().MemoryBytes, "By", "Memory in use.");
        _meter.CreateObservableGauge(
            "process_start_time_seconds", () => startedAt, "s", "Start of the process in Unix time.");
        if (Directory.Exists(OpenFiles))
        {
            _meter.CreateObservableGauge(
                "process_open_fds", static () => Directory.EnumerateFileSystemEntries(OpenFiles).LongCount(),
                description: "Open files and sockets.");
        }
    }

    public void Dispose() => _meter.Dispose();
}
