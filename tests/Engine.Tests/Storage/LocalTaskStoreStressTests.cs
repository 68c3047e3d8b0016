using System.Text;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage;

/// <summary>
/// Owners on several threads against the writer and the reader, on the real clock and at full speed: the races between
/// them are hit by numbers. Each prints its seed in the message of a failure.
/// </summary>
public sealed class LocalTaskStoreStressTests
{
    private const int Owners = 3;
    private const int Steps = 4000;

    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(2, 5_000, 1)]
    [InlineData(3, 0, 3)]
    [InlineData(4, 1 << 20, 2)]
    public async Task Store_UnderRandomLoad_KeepsExactlyWhatHasNotEnded(int seed, long bodyBytes, int delayMilliseconds)
    {
        using var folder = new StoreFolder();
        var options = folder.Options with
        {
            BodyMemoryBytesMax = bodyBytes,
            WriteBehindDelay = TimeSpan.FromMilliseconds(delayMilliseconds),
        };
        var store = await OpenStoreAsync(folder, TimeProvider.System, options: options);
        var owners = Enumerable.Range(0, Owners)
            .Select(i => new StressOwner(store.GetQueue(new QueueKey("stress", i)), new Random((seed * 100) + i)))
            .ToArray();
        await Task.WhenAll(owners.Select(owner => Task.Run(() => owner.RunAsync(Steps)))).Guarded($"seed {seed} hangs");
        await store.DisposeAsync();

        await using var again = await OpenStoreAsync(folder, TimeProvider.System, options: options);
        foreach (var owner in owners)
        {
            var queue = again.GetQueue(owner.Queue.Key);
            await queue.PromoteDueAsync(long.MaxValue);
            var found = await queue.LeaseSomeAsync(int.MaxValue);
            found.Select(Describe).ShouldBe(owner.Living.Select(Describe), $"seed {seed}, queue {queue.Key}");
            found.ShouldAllBe(task => task.BodyText() == BodyOf(task.CreatedAtMilliseconds));
            foreach (var task in owner.Kept)
            {
                var archived = (await again.Archive.FindAsync(task.Id, withBody: true)).Task.ShouldNotBeNull();
                Encoding.UTF8.GetString(archived.Body!).ShouldBe(BodyOf(task.CreatedAtMilliseconds), $"seed {seed}");
            }
        }

        var counts = await again.Archive.CountAsync();
        counts.Values.Sum().ShouldBe(owners.Sum(owner => owner.Kept.Count), $"seed {seed}");

        // The new run's lease has counted each attempt up by one.
        static string Describe(QueuedTask task) => string.Join(' ', task.Priority, task.Sequence, task.Id);
    }

    private static string BodyOf(long number) => $"{number} " + new string('s', (int)(number % 200));

    private sealed class StressOwner(ITaskQueue queue, Random random)
    {
        private readonly List<QueuedTask> _running = [];
        private readonly HashSet<QueuedTask> _living = [];
        private readonly List<Task> _commits = [];
        private Task _lease = Task.CompletedTask;
        private long _number;

        public ITaskQueue Queue => queue;

        public List<QueuedTask> Kept { get; } = [];

        public IEnumerable<QueuedTask> Living =>
            _living.OrderBy(task => task.Priority).ThenBy(task => task.Sequence);

        public async Task RunAsync(int steps)
        {
            for (var step = 0; step < steps; step++)
            {
                switch (random.Next(10))
                {
                    case < 3:
                        Enqueue(random.Next(1, 8));
                        break;
                    case < 6:
                        // Not awaited: an owner goes on with other work while bodies are read.
                        if (_lease.IsCompleted)
                            _lease = queue.LeaseAsync(random.Next(1, 6), _running).AsTask();
                        break;
                    case < 8:
                        await EndRunningAsync();
                        break;
                    case 8:
                        Remove();
                        break;
                    default:
                        await queue.PromoteDueAsync(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
                        break;
                }

                if (step % 200 == 0)
                    await Task.WhenAll(_commits);
            }

            await Task.WhenAll([_lease, .. _commits]);
        }

        private void Enqueue(int count)
        {
            for (var i = 0; i < count; i++)
            {
                var number = _number++;
                var task = new QueuedTask
                {
                    Id = new TaskId(Guid.CreateVersion7()),
                    Queue = queue.Key,
                    Function = "work",
                    Priority = random.Next(1, 4),
                    CreatedAtMilliseconds = number,
                    Durability = (TaskDurability)random.Next(2),
                    Body = Encoding.UTF8.GetBytes(BodyOf(number)),
                    BodyBytes = BodyOf(number).Length,
                };
                _living.Add(task);
                _commits.Add(queue.EnqueueAsync(task).AsTask());
            }
        }

        private async Task EndRunningAsync()
        {
            foreach (var task in _running)
            {
                task.BodyText().ShouldBe(BodyOf(task.CreatedAtMilliseconds));
                if (random.Next(4) != 0)
                {
                    var end = NewEnd(TaskState.Succeeded, task);
                    _commits.Add(EndAsync(queue.CompleteAsync(task, task.LeaseToken, end)));
                    _living.Remove(task);
                }
                else
                {
                    var due = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() + random.Next(-1, 10);
                    (await queue.RetryAsync(task, task.LeaseToken, due, countAttempt: true)).ShouldBeTrue();
                }
            }

            _running.Clear();
        }

        private void Remove()
        {
            if (_living.FirstOrDefault(task => task.State is TaskState.Queued or TaskState.Retrying) is not { } task)
                return;
            _commits.Add(EndAsync(queue.RemoveAsync(task, NewEnd(TaskState.Expired, task))));
            _living.Remove(task);
        }

        private static async Task EndAsync(ValueTask<bool> ended) => (await ended).ShouldBeTrue();

        private TaskEnd NewEnd(TaskState state, QueuedTask task)
        {
            if (random.Next(3) != 0)
                return TaskEnd.Forgotten(state);
            Kept.Add(task);
            return new TaskEnd { State = state, AtMilliseconds = 1, KeptUntilMilliseconds = long.MaxValue };
        }
    }
}
