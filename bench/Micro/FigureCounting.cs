using System.Diagnostics;
using System.Diagnostics.Metrics;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;

namespace ActorBalancer.Micro;

/// <summary>
/// What it costs a task to be counted for /metrics: in, its attempt, its end and three histograms. Prints nanoseconds
/// and bytes allocated a task, for one thread and for one a processor that all count the same function, which is worse
/// than any engine does: one actor counts a queue's tasks.
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
            var started = Stopwatch.GetTimestamp();
            Count(figures);
            var alone = Stopwatch.GetElapsedTime(started);
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            started = Stopwatch.GetTimestamp();
            Parallel.For(0, Environment.ProcessorCount, _ => Count(figures));
            var together = Stopwatch.GetElapsedTime(started);
            Console.WriteLine(
                $"one thread: {alone.TotalNanoseconds / Tasks:F0} ns and {(double)allocated / Tasks:F2} bytes a task; "
                + $"{Environment.ProcessorCount} threads on one function: "
                + $"{together.TotalNanoseconds / Tasks:F0} ns a task of each");
        }

        return Task.FromResult(0);
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
