using ActorBalancer.Engine.Storage.Redis;
using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Storage.Redis;

/// <summary>The merge of pages of several queues, and the memory of ids.</summary>
public sealed class FindingListsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Merge_RandomQueues_GivesTheNewestInOrder(int seed)
    {
        var random = new Random(seed);
        for (var run = 0; run < 50; run++)
        {
            var tasks = RandomTasks(random);
            var before = random.Next(3) == 0 ? IdOf(random.Next(2000)) : (TaskId?)null;
            var limit = random.Next(1, 500);
            var pages = 0;

            var merged = await RedisTaskLists.MergeAsync(tasks.Keys, ReadAsync, before, limit);

            merged.Select(task => task.Id).ShouldBe(tasks.Values.SelectMany(some => some)
                .Where(task => Passes(task) && (before is null || task.Id.Age < before.Value.Age))
                .OrderByDescending(task => task.Id.Age)
                .Take(limit)
                .Select(task => task.Id));
            pages.ShouldBeLessThan(2 + (tasks.Count * 2) + (2000 / 20), "no page is read twice");

            Task<RedisTaskLists.Page> ReadAsync(QueueKey queue, TaskId? from, int length)
            {
                length.ShouldBeInRange(1, RedisTaskLists.PageMax);
                pages++;
                var page = tasks[queue].Where(task => from is null || task.Id.Age < from.Value.Age)
                    .OrderByDescending(task => task.Id.Age).Take(length).ToList();
                return Task.FromResult(new RedisTaskLists.Page(
                    page.FindAll(Passes), page.Count == 0 ? null : page[^1].Id, page.Count < length));
            }
        }
    }

    [Fact]
    public async Task Merge_ShortListOfManyQueues_ReadsShortPages()
    {
        var lengths = new List<int>();
        var queues = Enumerable.Range(0, 50).Select(number => new QueueKey("many", number));

        await RedisTaskLists.MergeAsync(
            queues,
            (_, _, length) =>
            {
                lengths.Add(length);
                return Task.FromResult(new RedisTaskLists.Page([], null, true));
            },
            null,
            100);

        lengths.Count.ShouldBe(50);
        lengths.ShouldAllBe(length => length == 20);
    }

    [Fact]
    public void Seen_ManyIds_KnowsTheNewestAndNoWrongOne()
    {
        var seen = new RedisSeenTasks();
        var ids = Enumerable.Range(0, 4 * RedisSeenTasks.Max).Select(_ => new TaskId(Guid.CreateVersion7())).ToArray();
        for (var i = 0; i < ids.Length; i++)
            seen.Add(ids[i], new QueueKey("queue", i));

        seen.Find(ids[^1]).ShouldBe(new QueueKey("queue", ids.Length - 1));
        for (var i = 0; i < ids.Length; i++)
            seen.Find(ids[i]).ShouldBeOneOf(null, new QueueKey("queue", i));
        ids.Count(id => seen.Find(id) is not null).ShouldBeInRange(RedisSeenTasks.Max / 2, RedisSeenTasks.Max);
        seen.Find(new TaskId(Guid.CreateVersion7())).ShouldBeNull();
    }

    private static Dictionary<QueueKey, List<TaskSnapshot>> RandomTasks(Random random)
    {
        var tasks = Enumerable.Range(0, random.Next(0, 6))
            .ToDictionary(number => new QueueKey("queue", number), _ => new List<TaskSnapshot>());
        if (tasks.Count == 0)
            return tasks;
        var busiest = random.Next(1, tasks.Count + 1);
        for (var number = 0; number < 2000; number += random.Next(1, 8))
        {
            var queue = new QueueKey("queue", random.Next(busiest));
            tasks[queue].Add(new TaskSnapshot
            {
                Id = IdOf(number),
                State = TaskState.Dead,
                Queue = queue,
                Function = "send",
                Priority = random.Next(1, 4),
                Mode = TaskMode.Async,
                CreatedAtMilliseconds = number,
            });
        }

        return tasks;
    }

    private static bool Passes(TaskSnapshot task) => task.Priority > 1;

    private static TaskId IdOf(int number) => new(new Guid(number, 0, 0, new byte[8]));
}
