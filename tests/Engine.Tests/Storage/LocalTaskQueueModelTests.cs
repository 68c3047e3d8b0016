using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage;

/// <summary>Drives a queue and a naive model of it with the same random operations and compares all they say.</summary>
public sealed class LocalTaskQueueModelTests
{
    private const int OperationKinds = 8;

    // An operation is a kind and two numbers whose meaning depends on it. A list that fails is cut down to one that
    // fails as well, by leaving out one operation after the other.
    private static Arbitrary<(int Kind, int A, int B)[]> Operations => Arb.From(
        Gen.Choose(0, OperationKinds - 1)
            .SelectMany(kind => Gen.Choose(0, 999).SelectMany(a => Gen.Choose(0, 999).Select(b => (kind, a, b))))
            .ArrayOf(),
        operations => operations.Select((_, left) => operations.Where((_, i) => i != left).ToArray()));

    [Fact]
    public void Queue_InMemory_DoesWhatTheModelDoes()
    {
        var clock = new ManualTimeProvider();
        Check(500, 120, operations => RunAsync(() => LocalTaskStore.InMemory(clock), clock, operations));
    }

    [Fact]
    public void Queue_WithJournalAndNoBodiesInMemory_DoesWhatTheModelDoes()
    {
        var clock = new ManualTimeProvider();
        Check(40, 80, async operations =>
        {
            using var folder = new StoreFolder();
            await RunAsync(
                () => NewStore(folder, clock, options: folder.Options with { BodyMemoryBytesMax = 0 }), clock,
                operations);
        });
    }

    private static void Check(int runs, int size, Func<(int Kind, int A, int B)[], Task> run) =>
        Prop.ForAll(Operations, operations => run(operations).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(runs).WithStartSize(1).WithEndSize(size));

    private static async Task RunAsync(
        Func<LocalTaskStore> create, ManualTimeProvider clock, (int Kind, int A, int B)[] operations)
    {
        await using var store = create();
        await store.OpenAsync(CancellationToken.None);
        var run = new ModelRun(store.GetQueue(Mail), clock);
        foreach (var (kind, a, b) in operations)
            await run.StepAsync(kind, a, b);
        await run.DrainAsync();
    }

    /// <summary>The queue and its model: a plain list, sorted anew for every question.</summary>
    private sealed class ModelRun(ITaskQueue queue, ManualTimeProvider clock)
    {
        private readonly List<Entry> _entries = [];

        private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

        private IEnumerable<Entry> Pending => _entries.Where(entry => entry.State == TaskState.Queued)
            .OrderBy(entry => entry.Task.Priority).ThenBy(entry => entry.Place);

        private IEnumerable<Entry> Delayed => _entries.Where(entry => entry.State == TaskState.Retrying);

        public async Task StepAsync(int kind, int a, int b)
        {
            switch (kind)
            {
                case 0:
                    await EnqueueAsync(1 + (a % 5), 1);
                    break;
                case 1:
                    await EnqueueAsync(1 + (a % 5), b % 20);
                    break;
                case 2:
                    await LeaseAsync(a % 6);
                    break;
                case 3:
                    await CompleteAsync(a, isStale: b % 4 == 0);
                    break;
                case 4:
                    await RetryAsync(a, b % 3 == 0 ? 0 : Now + (b % 50) - 5, countAttempt: a % 2 == 0);
                    break;
                case 5:
                    await RemoveAsync(a);
                    break;
                case 6:
                    clock.Advance(TimeSpan.FromMilliseconds(a % 30));
                    break;
                default:
                    Promote();
                    break;
            }

            queue.PendingCount.ShouldBe(Pending.Count());
            queue.DelayedCount.ShouldBe(Delayed.Count());
            queue.NextDueMilliseconds.ShouldBe(Delayed.Min(entry => (long?)entry.Due));
        }

        public async Task DrainAsync()
        {
            clock.Advance(TimeSpan.FromMilliseconds(100));
            Promote();
            await LeaseAsync(int.MaxValue);
            queue.PendingCount.ShouldBe(0);
        }

        private async Task EnqueueAsync(int priority, int count)
        {
            var tasks = Enumerable.Range(_entries.Count, count)
                .Select(i => NewTask(priority: priority, durability: (TaskDurability)(i % 2), body: $"body {i}"))
                .ToArray();
            foreach (var task in tasks)
                _entries.Add(new Entry(task, _entries.Count));
            if (count == 1)
                await queue.EnqueueAsync(tasks[0]).AsTask().Guarded("the enqueue did not end");
            else
                await queue.EnqueueAllAsync(tasks);
        }

        private async Task LeaseAsync(int max)
        {
            var expected = Pending.Take(max).ToList();
            var lastToken = _entries.Max(entry => (long?)entry.Task.LeaseToken) ?? 0;
            var leased = await queue.LeaseSomeAsync(max);
            leased.Select(task => task.Id).ShouldBe(expected.Select(entry => entry.Task.Id));
            foreach (var entry in expected)
            {
                entry.State = TaskState.Running;
                entry.Attempt++;
                entry.Task.State.ShouldBe(TaskState.Running);
                entry.Task.Attempt.ShouldBe(entry.Attempt);
                entry.Task.BodyText().ShouldBe($"body {entry.Place}");
                entry.Task.LeaseToken.ShouldBeGreaterThan(lastToken);
                lastToken = entry.Task.LeaseToken;
            }
        }

        private async Task CompleteAsync(int index, bool isStale)
        {
            if (Pick(index) is not { } entry)
                return;
            var token = entry.Task.LeaseToken - (isStale ? 1 : 0);
            var expected = entry.State == TaskState.Running && !isStale;
            (await queue.CompleteAsync(entry.Task, token, TaskEnd.Forgotten(TaskState.Succeeded))).ShouldBe(expected);
            if (expected)
                entry.State = TaskState.Succeeded;
        }

        private async Task RetryAsync(int index, long due, bool countAttempt)
        {
            if (Pick(index) is not { } entry)
                return;
            var expected = entry.State == TaskState.Running;
            (await queue.RetryAsync(entry.Task, entry.Task.LeaseToken, due, countAttempt)).ShouldBe(expected);
            if (!expected)
                return;
            entry.Attempt -= countAttempt ? 0 : 1;
            entry.Due = due;
            entry.State = due > Now ? TaskState.Retrying : TaskState.Queued;
        }

        private async Task RemoveAsync(int index)
        {
            if (Pick(index) is not { } entry)
                return;
            var expected = entry.State is TaskState.Queued or TaskState.Retrying;
            (await queue.RemoveAsync(entry.Task, TaskEnd.Forgotten(TaskState.Expired))).ShouldBe(expected);
            if (expected)
                entry.State = TaskState.Expired;
        }

        private void Promote()
        {
            var due = Delayed.Where(entry => entry.Due <= Now).ToList();
            queue.PromoteDue(Now).ShouldBe(due.Count);
            foreach (var entry in due)
                entry.State = TaskState.Queued;
        }

        private Entry? Pick(int index) => _entries.Count == 0 ? null : _entries[index % _entries.Count];
    }

    private sealed class Entry(QueuedTask task, int place)
    {
        public QueuedTask Task { get; } = task;

        public int Place { get; } = place;

        public TaskState State { get; set; } = TaskState.Queued;

        public int Attempt { get; set; }

        public long Due { get; set; }
    }
}
