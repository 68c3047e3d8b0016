using System.Globalization;

namespace ActorBalancer.Trials.Rigs;

/// <summary>What the kernel says of a process.</summary>
internal static class ProcessFigures
{
    /// <summary>Memory that it holds, in bytes (VmRSS).</summary>
    public static double Memory(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status")
            .First(static line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        var kilobytes = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return 1024.0 * int.Parse(kilobytes, CultureInfo.InvariantCulture);
    }

    /// <summary>Files and sockets that it has open.</summary>
    public static int Handles(int process) => Directory.GetFileSystemEntries($"/proc/{process}/fd").Length;
}
