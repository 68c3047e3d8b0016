using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage.Redis;

/// <summary>Tasks are found by every node, in every state.</summary>
public sealed class FindingTests(RedisFixture redis) : TwoStores(redis)
{
    [Fact]
    public async Task Find_TaskOfAnotherNode_IsSeenInEveryState()
    {
        var task = Made(due: Now + 1000);
        var queue = First.GetSharedQueue(Mail);

        await queue.EnqueueAsync(task);
        var scheduled = await SeenAsync(TaskState.Scheduled, 0, null);
        scheduled.Task.Snapshot.DueAtMilliseconds.ShouldBe(task.DueAtMilliseconds);
        await queue.PromoteDueAsync(Now + 5000);
        await SeenAsync(TaskState.Queued, 0, null);
        var leased = await LeaseAsync(Second, Mail);
        var running = await SeenAsync(TaskState.Running, 1, Second.Node);
        running.LeaseToken.ShouldBe(leased.LeaseToken);
        running.Task.Snapshot.Attempts.ShouldBeEmpty();

        var attempt = new AttemptRecord(1, "http://w:1", Now, 0, null);
        Second.GetSharedQueue(Mail).NoteStarted(leased, attempt);
        await UntilAsync(
            async () => (await FoundAsync(First, task.Id)).Task.Snapshot.Attempts.Count == 1,
            "the start was not noted");
        (await SeenAsync(TaskState.Running, 1, Second.Node)).Task.Snapshot.Worker.ShouldBe("http://w:1");

        var failed = attempt with { EndedAtMilliseconds = Now, Error = "broke" };
        leased.History = [failed];
        (await Second.GetSharedQueue(Mail).RetryAsync(leased, leased.LeaseToken, Now + 500, true)).ShouldBeTrue();
        var retrying = await SeenAsync(TaskState.Retrying, 1, null);
        retrying.Task.Snapshot.Attempts.ShouldBe([failed]);
        await queue.PromoteDueAsync(Now + 5000);
        await SeenAsync(TaskState.Queued, 1, null);

        var again = await LeaseAsync(First, Mail);
        await SeenAsync(TaskState.Running, 2, First.Node);
        await queue.CompleteAsync(
            again, again.LeaseToken, Ended(TaskState.Succeeded, Now) with { Result = [7], WorkerStatus = 200 });
        var ended = await SeenAsync(TaskState.Succeeded, 2, null);
        ended.Task.Snapshot.Result.ShouldBe([7]);
        (ended.Task.Snapshot.WorkerStatus, ended.Task.Snapshot.StartedAtMilliseconds)
            .ShouldBe((200, failed.StartedAtMilliseconds));

        async Task<SharedTask> SeenAsync(TaskState state, int attempt, string? runner)
        {
            foreach (var store in new[] { First, Second })
            {
                var seen = await FoundAsync(store, task.Id, withBody: true);
                (seen.Task.Snapshot.State, seen.Task.Attempt, seen.Runner, seen.Caller)
                    .ShouldBe((state, attempt, runner, "a caller"));
                seen.Task.Body.ShouldBe("the body"u8.ToArray());
                (seen.Task.WorkerKey, seen.Task.TraceParent).ShouldBe(("Bearer w", "00-trace"));
                seen.Task.Options.ShouldBe(task.Options with { Tags = seen.Task.Options.Tags });
                (await FoundAsync(store, task.Id)).Task.Body.ShouldBeNull();
                var archived = (await store.Archive.FindAsync(task.Id, false)).Task;
                (archived is not null).ShouldBe(TaskTransitions.IsFinal(state), "the archive knows ended tasks only");
            }

            return await FoundAsync(Second, task.Id);
        }
    }

    [Theory]
    [InlineData(TaskState.Dead)]
    [InlineData(TaskState.Cancelled)]
    [InlineData(TaskState.Expired)]
    public async Task Find_EndedByAnotherNode_IsSeenByBoth(TaskState state)
    {
        var task = Made();
        await First.GetSharedQueue(Mail).EnqueueAsync(task);
        var seen = await FoundAsync(Second, task.Id);

        (await Second.GetSharedQueue(Mail).EndAsync(
            seen, [], Ended(state, Now) with { Error = "no more" })).ShouldBeTrue();

        foreach (var store in new[] { First, Second })
        {
            var shown = (await FoundAsync(store, task.Id)).Task.Snapshot;
            (shown.State, shown.Error).ShouldBe((state, "no more"));
        }
    }

    [Fact]
    public async Task Find_WhatNeverWasOrIsNoMore_SaysWhich()
    {
        var forgotten = await EndAsync(Made(), TaskEnd.Forgotten(TaskState.Succeeded));
        var over = await EndAsync(Made(), Ended(TaskState.Succeeded, Now, keptFor: 0));
        var purged = await EndAsync(Made());
        (await Second.Archive.DeleteAsync([purged.Id])).ShouldBe(1);

        foreach (var store in new[] { First, Second })
        {
            (await store.FindAsync(NewTask().Id, true)).ShouldBe(default);
            (await store.FindAsync(forgotten.Id, true)).ShouldBe(default);
            (await store.FindAsync(over.Id, true)).ShouldBe(new SharedLookup(null, true));
            (await store.FindAsync(purged.Id, true)).ShouldBe(new SharedLookup(null, true));
        }
    }

    [Fact]
    public async Task Find_InOneOfManyQueues_FindsIt()
    {
        var tasks = Enumerable.Range(0, 150).Select(i => NewTask(new QueueKey($"group {i}", i % 7))).ToArray();
        await Task.WhenAll(tasks.Select(task => First.GetQueue(task.Queue).EnqueueAsync(task).AsTask()))
            .Guarded("the tasks were not taken");

        foreach (var task in tasks)
            (await FoundAsync(Second, task.Id)).Task.Snapshot.Queue.ShouldBe(task.Queue);
    }

    [Fact]
    public async Task Find_WithEvents_GivesThemInOrder()
    {
        var task = Made();
        await First.GetSharedQueue(Mail).EnqueueAsync(task);
        var leased = await LeaseAsync(First, Mail);
        TaskEvent[] told =
        [
            new(5, TaskEventKind.Chunk, 100, "1"u8.ToArray()), new(6, TaskEventKind.Progress, 101, null),
        ];
        foreach (var happened in told)
            (await Second.GetSharedQueue(Mail).ReportAsync(task.Id, leased.LeaseToken, happened)).ShouldBeTrue();

        var seen = (await FoundAsync(Second, task.Id)).Task.Events;

        seen.Select(happened => (happened.Id, happened.Kind, happened.AtMilliseconds)).ShouldBe(
            [(5, TaskEventKind.Chunk, 100), (6, TaskEventKind.Progress, 101)]);
        seen[0].Data.ShouldBe("1"u8.ToArray());
        seen[1].Data.ShouldBeNull();
    }

    [Fact]
    public async Task List_AliveAndEnded_IsOneListOverAllQueues()
    {
        var tasks = await MakeAllKindsAsync();

        await ShouldListAsync(new TaskFilter(), _ => true);
        await ShouldListAsync(new TaskFilter { Group = "print" }, task => task.Queue == Print);
        await ShouldListAsync(new TaskFilter { Contract = 1 }, task => task.Queue == Mail);
        await ShouldListAsync(new TaskFilter { Function = "send" }, _ => true);
        await ShouldListAsync(new TaskFilter { Function = "other" }, _ => false);
        await ShouldListAsync(new TaskFilter { Tag = "a" }, task => task.Options.Tags.Contains("a"));
        await ShouldListAsync(new TaskFilter { Delivery = WebhookDeliveryState.Pending }, _ => false);
        foreach (var state in Enum.GetValues<TaskState>())
        {
            await ShouldListAsync(new TaskFilter { State = state }, task => tasks[task] == state);
            await ShouldListAsync(
                new TaskFilter { State = state, Group = "mail", Tag = "a" },
                task => tasks[task] == state && task.Queue == Mail && task.Options.Tags.Contains("a"));
        }

        async Task ShouldListAsync(TaskFilter filter, Func<QueuedTask, bool> passes)
        {
            var all = tasks.Keys.Where(passes).OrderByDescending(task => task.Id.Age).ToList();
            foreach (var store in new[] { First, Second })
            {
                var found = await store.ListAsync(filter, null, 1000);
                found.Select(task => (task.Id, task.State)).ShouldBe(
                    all.Select(task => (task.Id, tasks[task])), filter.ToString());
                found.ShouldAllBe(task => task.Result == null);
                var ended = await store.Archive.ListAsync(filter, null, 1000);
                ended.Select(task => task.Id).ShouldBe(
                    all.Where(task => TaskTransitions.IsFinal(tasks[task])).Select(task => task.Id));
            }
        }
    }

    [Fact]
    public async Task List_Pages_MissNothingThoughTasksMoveMeanwhile()
    {
        var tasks = Enumerable.Range(0, 300).Select(i => NewTask(i % 3 == 0 ? Print : Mail)).ToArray();
        await First.GetQueue(Mail).EnqueueAllAsync([.. tasks.Where(task => task.Queue == Mail)]);
        await First.GetQueue(Print).EnqueueAllAsync([.. tasks.Where(task => task.Queue == Print)]);

        var found = new List<TaskId>();
        while (true)
        {
            var page = await Second.ListAsync(new TaskFilter(), found.Count == 0 ? null : found[^1], 40);
            if (page.Count == 0)
                break;
            found.AddRange(page.Select(task => task.Id));
            foreach (var key in new[] { Mail, Print })
            {
                var leased = await LeaseAsync(First, key);
                await First.GetQueue(key)
                    .CompleteAsync(leased, leased.LeaseToken, Ended(TaskState.Succeeded, Now));
            }
        }

        found.ShouldBe(tasks.OrderByDescending(task => task.Id.Age).Select(task => task.Id));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(
            async () => await Second.ListAsync(new TaskFilter(), null, 0));
    }

    [Fact]
    public async Task List_LongQueueWithAFilterThatFewPass_FindsThose()
    {
        var tasks = Enumerable.Range(0, 1500).Select(i =>
            NewTask(options: i % 700 == 0 ? new TaskOptions { Tags = ["rare"] } : null)).ToArray();
        await First.GetQueue(Mail).EnqueueAllAsync(tasks);

        var found = await Second.ListAsync(new TaskFilter { Tag = "rare" }, null, 100);

        found.Select(task => task.Id).ShouldBe(
            new[] { tasks[0], tasks[700], tasks[1400] }.OrderByDescending(task => task.Id.Age).Select(task => task.Id));
    }

    private static QueuedTask Made(long due = 0) => new()
    {
        Id = new TaskId(Guid.CreateVersion7()),
        Queue = Mail,
        Function = "send",
        Priority = 3,
        CreatedAtMilliseconds = 1_790_000_000_000,
        Durability = TaskDurability.Committed,
        Body = "the body"u8.ToArray(),
        BodyBytes = 8,
        WorkerKey = "Bearer w",
        TraceParent = "00-trace",
        Caller = "a caller",
        DueAtMilliseconds = due,
        Options = new TaskOptions { Mode = TaskMode.Async, Tags = ["x"], RetentionMilliseconds = 60_000 },
    };

    // Several of each state in two queues, made in any order.
    private async Task<Dictionary<QueuedTask, TaskState>> MakeAllKindsAsync()
    {
        var tasks = new Dictionary<QueuedTask, TaskState>();
        for (var round = 0; round < 3; round++)
        {
            foreach (var key in new[] { Mail, Print })
            {
                foreach (var state in Enum.GetValues<TaskState>())
                {
                    var due = state == TaskState.Scheduled ? Now + 900_000 : 0;
                    var options = new TaskOptions { Tags = round == 1 ? ["a", "b"] : ["b"] };
                    tasks.Add(NewTask(key, priority: 2 + round, due: due, options: options), state);
                }
            }
        }

        foreach (var (task, state) in tasks.OrderBy(entry => entry.Value == TaskState.Queued))
            await MakeAsync(task, state);
        return tasks;
    }

    private async Task MakeAsync(QueuedTask task, TaskState state)
    {
        var queue = First.GetSharedQueue(task.Queue);
        await queue.EnqueueAsync(task);
        if (state is TaskState.Scheduled or TaskState.Queued)
            return;
        var leased = await LeaseAsync(First, task.Queue);
        leased.Id.ShouldBe(task.Id);
        if (state == TaskState.Retrying)
            await queue.RetryAsync(leased, leased.LeaseToken, Now + 900_000, true);
        else if (state != TaskState.Running)
            await queue.CompleteAsync(leased, leased.LeaseToken, Ended(state, Now) with { Result = [1] });
    }
}
