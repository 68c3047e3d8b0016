using System.Diagnostics;
using System.Globalization;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorBalancer.Micro;

/// <summary>
/// How a very long queue behaves: a million committed tasks are enqueued, the store is closed and opened again, and
/// all are leased in order. Prints the rate of the first and of the last tenth, memory, and the time of the opening.
/// </summary>
/// <remarks>Arguments: tasks (default 1,000,000), bytes of a body (200), tasks of a batch (500).</remarks>
internal static class QueueDepth
{
    private const string BalancerKey = "benchmark";
    private const int PriorityCount = 3;
    private static readonly QueueKey Key = new("bench", 1);

    public static async Task<int> RunAsync(string[] args)
    {
        var count = Argument(args, 0, 1_000_000);
        var bodyBytes = Argument(args, 1, 200);
        var batchSize = Argument(args, 2, 500);
        var directory = Directory.CreateTempSubdirectory("queue-depth-");
        try
        {
            Console.WriteLine($"{count:N0} committed tasks, body {bodyBytes} bytes, batches of {batchSize}");
            LocalTaskStore? store = await OpenAsync(directory.FullName);
            await FillAsync(store.GetQueue(Key), count, bodyBytes, batchSize);
            PrintMemory("queue full");
            await store.DisposeAsync();
            store = null;
            GC.Collect();
            var file = new FileInfo(Path.Combine(directory.FullName, "actorbalancer.db"));
            Console.WriteLine($"closed; file of {file.Length / 1e6:N0} MB");
            store = await OpenAsync(directory.FullName);
            PrintMemory("opened again");
            var inOrder = await DrainAsync(store.GetQueue(Key), count, batchSize);
            PrintMemory("queue empty");
            await store.DisposeAsync();
            return inOrder ? 0 : 1;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task<LocalTaskStore> OpenAsync(string directory)
    {
        var store = LocalTaskStore.Sqlite(
            new LocalTaskStoreOptions { DataDirectory = directory }, BalancerKey, TimeProvider.System,
            NullLogger.Instance);
        var started = Stopwatch.GetTimestamp();
        await store.OpenAsync(CancellationToken.None);
        Console.WriteLine($"opened in {Stopwatch.GetElapsedTime(started).TotalSeconds:F2} s");
        return store;
    }

    private static async Task FillAsync(ITaskQueue queue, int count, int bodyBytes, int batchSize)
    {
        var tenth = count / 10;
        var rates = new List<double>();
        var started = Stopwatch.GetTimestamp();
        var nextMark = tenth;
        for (var made = 0; made < count;)
        {
            var batch = new QueuedTask[Math.Min(batchSize, count - made)];
            for (var i = 0; i < batch.Length; i++)
                batch[i] = Make(made + i, bodyBytes, TaskDurability.Committed);
            await queue.EnqueueAsync(batch);
            made += batch.Length;
            if (made < nextMark)
                continue;
            rates.Add(tenth / Stopwatch.GetElapsedTime(started).TotalSeconds);
            nextMark += tenth;
            started = Stopwatch.GetTimestamp();
        }

        Console.WriteLine(
            $"enqueue: first tenth {rates[0]:N0}/s, last tenth {rates[^1]:N0}/s, ratio {rates[^1] / rates[0]:F2}");
    }

    private static async Task<bool> DrainAsync(ITaskQueue queue, int count, int batchSize)
    {
        var leased = new List<QueuedTask>(batchSize);
        var started = Stopwatch.GetTimestamp();
        var (lastPriority, lastCreated, total) = (0, -1L, 0);
        while (queue.PendingCount > 0)
        {
            await queue.LeaseAsync(batchSize, leased);
            foreach (var task in leased)
            {
                // The creation time carries the number under which the task was made.
                var follows = task.Priority > lastPriority
                    || (task.Priority == lastPriority && task.CreatedAtMilliseconds > lastCreated);
                if (!follows || task.Body is null || task.Body[0] != (byte)task.CreatedAtMilliseconds)
                {
                    Console.WriteLine($"WRONG: task {task.CreatedAtMilliseconds} after {lastCreated}");
                    return false;
                }

                (lastPriority, lastCreated) = (task.Priority, task.CreatedAtMilliseconds);
                await queue.CompleteAsync(task, task.LeaseToken, TaskEnd.Forgotten(TaskState.Succeeded));
            }

            total += leased.Count;
            leased.Clear();
        }

        var rate = total / Stopwatch.GetElapsedTime(started).TotalSeconds;
        Console.WriteLine($"leased and completed: {total:N0} in order, {rate:N0}/s");
        return total == count;
    }

    /// <summary>A task with its number as its time of creation and first byte.</summary>
    internal static QueuedTask Make(int number, int bodyBytes, TaskDurability durability)
    {
        var body = new byte[bodyBytes];
        body[0] = (byte)number;
        return new QueuedTask
        {
            Id = new TaskId(Guid.CreateVersion7()),
            Queue = Key,
            Function = "work",
            Priority = 1 + (number % PriorityCount),
            CreatedAtMilliseconds = number,
            Durability = durability,
            Body = body,
            BodyBytes = body.Length,
        };
    }

    private static int Argument(string[] args, int index, int otherwise) =>
        args.Length > index ? int.Parse(args[index], NumberStyles.AllowThousands) : otherwise;

    private static void PrintMemory(string moment)
    {
        var lines = File.ReadLines("/proc/self/status")
            .Where(line => line.StartsWith("VmRSS", StringComparison.Ordinal)
                || line.StartsWith("VmHWM", StringComparison.Ordinal));
        Console.WriteLine($"{moment}: {string.Join(", ", lines.Select(line => line.Replace("\t", " ")))}"
            + $", heap {GC.GetTotalMemory(false) / 1e6:N0} MB");
    }
}
