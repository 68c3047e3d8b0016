using System.Runtime.InteropServices;

namespace ActorBalancer.Api.Status;

/// <summary>What the process takes of its machine at one moment.</summary>
/// <param name="Cpu">Processor time of all its threads since it started.</param>
/// <param name="MemoryBytes">Memory that is its own and in use, as the system counts it.</param>
/// <param name="HeapBytes">Objects that the collector has not taken yet.</param>
/// <param name="Threads">Threads of the pool.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ProcessUse(TimeSpan Cpu, long MemoryBytes, long HeapBytes, int Threads)
{
    /// <summary>Reads it of this process; some tens of microseconds.</summary>
    public static ProcessUse Read() => new(
        OperatingSystem.IsLinux() || OperatingSystem.IsWindows() || OperatingSystem.IsMacOS()
            ? Environment.CpuUsage.TotalTime
            : TimeSpan.Zero,
        Environment.WorkingSet,
        GC.GetTotalMemory(forceFullCollection: false),
        ThreadPool.ThreadCount);
}
