using System.Globalization;
using ActorBalancer.Protocol;

namespace ActorBalancer.HelloWorker;

/// <summary>Measures how busy the process and its machine are. Thread-safe.</summary>
internal sealed class MachineLoad
{
    private const string LinuxMemoryFile = "/proc/meminfo";

    /// <summary>Shortest time over which the share of the processors is taken; a shorter one is mostly noise.</summary>
    private static readonly TimeSpan SampleMin = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly long _started;
    private long _sampled;
    private TimeSpan _used = Environment.CpuUsage.TotalTime;
    private WorkerSystem _last;

    public MachineLoad(TimeProvider time)
    {
        _time = time;
        _started = _sampled = time.GetTimestamp();
        _last = new WorkerSystem(0, 0, ReadUsedMemoryPercent());
    }

    /// <summary>Uptime now; the load as it was measured at most half a second ago: <c>cpuLoad</c> is this process's
    /// share of all processors, 0 to 1.</summary>
    public WorkerSystem Read()
    {
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            var passed = _time.GetElapsedTime(_sampled, now);
            if (passed >= SampleMin)
            {
                var used = Environment.CpuUsage.TotalTime;
                var share = (used - _used) / passed / Environment.ProcessorCount;
                (_sampled, _used) = (now, used);
                _last = new WorkerSystem(0, Math.Round(Math.Clamp(share, 0, 1), 4), ReadUsedMemoryPercent());
            }

            return _last with { Uptime = Math.Round(_time.GetElapsedTime(_started, now).TotalSeconds, 3) };
        }
    }

    // The collector's own figures are as old as the last collection, so they only stand in where there is no /proc.
    private static double ReadUsedMemoryPercent()
    {
        if (!File.Exists(LinuxMemoryFile))
        {
            var memory = GC.GetGCMemoryInfo();
            return Percent(memory.MemoryLoadBytes, memory.TotalAvailableMemoryBytes);
        }

        double total = 0;
        double available = 0;
        foreach (var line in File.ReadLines(LinuxMemoryFile))
        {
            if (line.StartsWith("MemTotal:", StringComparison.Ordinal))
                total = Kibibytes(line);
            else if (line.StartsWith("MemAvailable:", StringComparison.Ordinal))
                available = Kibibytes(line);
        }

        return Percent(total - available, total);
    }

    private static double Percent(double part, double whole) =>
        whole > 0 ? Math.Round(Math.Clamp(part / whole * 100, 0, 100), 2) : 0;

    private static double Kibibytes(string line) =>
        double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
