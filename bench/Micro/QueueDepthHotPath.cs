using System.Diagnostics;
using System.Globalization;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorBalancer.Micro;

/// <summary>
/// What the store costs a task of a synchronous caller that ends before it is written: enqueue, lease and complete,
/// with some hundreds in flight. Prints nanoseconds and bytes allocated a task, in memory and with a journal, and the
/// processor time of both at a steady 30,000 tasks a second: the difference is the journal's.
/// </summary>
/// <remarks>Arguments: tasks (default 3,000,000), tasks in flight (300).</remarks>
internal static class QueueDepthHotPath
{
    private const int RatePerSecond = 30_000;
    private const int BodyBytes = 200;

    public static async Task<int> RunAsync(string[] args)
    {
        var count = args.Length > 0 ? int.Parse(args[0], NumberStyles.AllowThousands) : 3_000_000;
        var inFlight = args.Length > 1 ? int.Parse(args[1], NumberStyles.AllowThousands) : 300;
        var directory = Directory.CreateTempSubdirectory("queue-hot-path-");
        try
        {
            for (var round = 0; round < 2; round++)
            {
                await using var memory = LocalTaskStore.InMemory(TimeProvider.System);
                await MeasureAsync(memory, count, inFlight);
                await MeasureSteadyAsync(memory);
                await using var sqlite = LocalTaskStore.Sqlite(
                    new LocalTaskStoreOptions { DataDirectory = directory.FullName }, "benchmark", TimeProvider.System,
                    NullLogger.Instance);
                await MeasureAsync(sqlite, count, inFlight);
                await MeasureSteadyAsync(sqlite);
            }

            return 0;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task MeasureAsync(LocalTaskStore store, int count, int inFlight)
    {
        await store.OpenAsync(CancellationToken.None);
        var queue = store.GetQueue(new QueueKey("bench", 1));
        // Made beforehand: the intake pays for the task itself. Few enough to stay in the caches of the processor.
        var tasks = new QueuedTask[4096];
        var leased = new List<QueuedTask>(1);
        // The list in which the journal lets tasks grow old has the length of the rate times its delay: at full speed,
        // not at a server's, it grows and counts as allocated.
        var (elapsed, bytes, pending) = (TimeSpan.Zero, 0L, 0);
        for (var done = 0; done < count; done += tasks.Length)
        {
            for (var i = 0; i < tasks.Length; i++)
                tasks[i] = QueueDepth.Make(i, BodyBytes, TaskDurability.WriteBehind);
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            var started = Stopwatch.GetTimestamp();
            foreach (var task in tasks)
            {
                await queue.EnqueueAsync(task);
                if (++pending <= inFlight)
                    continue;
                await EndOneAsync(queue, leased);
                pending--;
            }

            elapsed += Stopwatch.GetElapsedTime(started);
            bytes += GC.GetAllocatedBytesForCurrentThread() - allocated;
        }

        while (pending-- > 0)
            await EndOneAsync(queue, leased);
        Console.WriteLine(
            $"{store.Name}: {elapsed.TotalNanoseconds / count:F0} ns and {bytes / (double)count:F2} bytes a task, "
            + $"{inFlight} in flight");
    }

    private static async Task MeasureSteadyAsync(LocalTaskStore store)
    {
        var queue = store.GetQueue(new QueueKey("bench", 1));
        var leased = new List<QueuedTask>(1);
        var process = Process.GetCurrentProcess();
        const int Seconds = 5;
        const int PerTick = RatePerSecond / 500;
        var processorBefore = process.TotalProcessorTime;
        var own = TimeSpan.Zero;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        for (var tick = 0; tick < Seconds * 500; tick++)
        {
            await timer.WaitForNextTickAsync();
            var started = Stopwatch.GetTimestamp();
            for (var i = 0; i < PerTick; i++)
                await queue.EnqueueAsync(QueueDepth.Make(i, BodyBytes, TaskDurability.WriteBehind));
            while (queue.PendingCount > 0)
                await EndOneAsync(queue, leased);
            own += Stopwatch.GetElapsedTime(started);
        }

        process.Refresh();
        var processor = process.TotalProcessorTime - processorBefore;
        Console.WriteLine(
            $"{store.Name}: at {RatePerSecond:N0} tasks/s for {Seconds} s the process used "
            + $"{processor.TotalSeconds:F2} s of processor, {own.TotalSeconds:F2} s of it in calls of the store and "
            + "making tasks");
    }

    private static async ValueTask EndOneAsync(ITaskQueue queue, List<QueuedTask> leased)
    {
        await queue.LeaseAsync(1, leased);
        var task = leased[0];
        leased.Clear();
        await queue.CompleteAsync(task, task.LeaseToken, TaskEnd.Forgotten(TaskState.Succeeded));
    }
}
