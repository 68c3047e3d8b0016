using System.Diagnostics.Metrics;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;

namespace ActorBalancer.Micro;

/// <summary>
/// What it costs a task to be counted for /metrics: in, its attempt, its end and three histograms. Prints nanoseconds of
/// processor time and bytes allocated a task, for one thread and for one a processor that all count the same function,
/// which is worse than any engine does: one actor counts a queue's tasks.
/// </summary>
internal static class FigureCounting
{
    private const int Tasks = 5_000_000;

    public static Task<int> RunAsync()
    {
        for (var round = 0; round < 3; round++)
        {
            using var figures = new TaskFigures(new Meter("ActorBalancer.Tasks"));
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            var alone = Measure(() => Count(figures));
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            var together = Measure(() => Parallel.For(0, Environment.ProcessorCount, _ => Count(figures)))
                / Environment.ProcessorCount;
            Console.WriteLine(
                $"one thread: {alone:F0} ns and {(double)allocated / Tasks:F2} bytes a task; "
                + $"{Environment.ProcessorCount} threads on one function: {together:F0} ns a task");
        }

        return Task.FromResult(0);
    }

    // Processor time: what else runs on the machine does not count.
    private static double Measure(Action action)
    {
        var before = Environment.CpuUsage.TotalTime;
        action();
        return (Environment.CpuUsage.TotalTime - before).TotalNanoseconds / Tasks;
    }

    private static void Count(TaskFigures figures)
    {
        for (var i = 0; i < Tasks; i++)
        {
            var function = figures.Of("hello", "hello");
            function.CountIn(TaskMode.Sync);
            function.CountBegin();
            function.CountAttempt(AttemptVerdict.Succeeded, i & 15, i & 255);
            function.CountEnd(TaskState.Succeeded, i & 255);
        }
    }
}
