using System.Text;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Storage;

/// <summary>What tests of the store have in common.</summary>
internal static class StoreTestKit
{
    public const string BalancerKey = "key of the tests";

    /// <summary>Real time after which a wait is taken for a hang.</summary>
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);

    public static readonly QueueKey Mail = new("mail", 1);

    public static readonly QueueKey Print = new("print", 2);

    public static QueuedTask NewTask(
        QueueKey? queue = null,
        int priority = 1,
        TaskDurability durability = TaskDurability.Committed,
        string body = "{}",
        string? workerKey = null,
        long due = 0,
        TaskOptions? options = null) => new()
        {
            Id = new TaskId(Guid.CreateVersion7()),
            Queue = queue ?? Mail,
            Function = "send",
            Priority = priority,
            CreatedAtMilliseconds = 1_900_000_000_000,
            Durability = durability,
            Body = Encoding.UTF8.GetBytes(body),
            BodyBytes = Encoding.UTF8.GetByteCount(body),
            WorkerKey = workerKey,
            DueAtMilliseconds = due,
            Options = options ?? TaskOptions.Default,
        };

    public static QueuedTask NewWriteBehindTask(string body = "{}") =>
        NewTask(durability: TaskDurability.WriteBehind, body: body);

    public static LocalTaskStore NewStore(
        StoreFolder folder, TimeProvider clock, StageGate? gate = null, LocalTaskStoreOptions? options = null) =>
        LocalTaskStore.Sqlite(
            options ?? folder.Options, BalancerKey, clock, NullLogger.Instance, gate is null ? null : gate.OnStage);

    public static async Task<LocalTaskStore> OpenStoreAsync(
        StoreFolder folder, TimeProvider clock, StageGate? gate = null, LocalTaskStoreOptions? options = null)
    {
        var store = NewStore(folder, clock, gate, options);
        await store.OpenAsync(TestContext.Current.CancellationToken);
        return store;
    }

    public static async Task<QueuedTask> LeaseOneAsync(this ITaskQueue queue) =>
        (await queue.LeaseSomeAsync(1)).ShouldHaveSingleItem();

    /// <summary>Leases up to so many, waiting for bodies that must be read.</summary>
    public static async Task<List<QueuedTask>> LeaseSomeAsync(this ITaskQueue queue, int max)
    {
        var leased = new List<QueuedTask>();
        while (leased.Count < max && queue.PendingCount > 0)
        {
            var before = leased.Count;
            var count = await queue.LeaseAsync(max - before, leased).AsTask().Guarded("the lease did not end");
            count.ShouldBe(leased.Count - before);
        }

        return leased;
    }

    public static async Task EnqueueAllAsync(this ITaskQueue queue, params QueuedTask[] tasks) =>
        await queue.EnqueueAsync(tasks).AsTask().Guarded("the enqueue did not end");

    public static string BodyText(this QueuedTask task) => Encoding.UTF8.GetString(task.Body.ShouldNotBeNull());

    public static Task Guarded(this Task task, string complaint) => Within(task, complaint);

    public static async Task<T> Guarded<T>(this Task<T> task, string complaint)
    {
        await Within(task, complaint);
        return await task;
    }

    private static async Task Within(Task task, string complaint)
    {
        try
        {
            await task.WaitAsync(Guard, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException exception) when (!task.IsCompleted)
        {
            throw new TimeoutException($"After {Guard}: {complaint}.", exception);
        }
    }
}
