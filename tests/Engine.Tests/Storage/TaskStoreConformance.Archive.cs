using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage;

/// <summary>What every store must do with scheduled and with ended tasks.</summary>
public abstract partial class TaskStoreConformance
{
    private const long MemoryMilliseconds = 7L * 24 * 3600 * 1000;

    private ITaskArchive Archive => _store.Archive;

    [Fact]
    public async Task Enqueue_WithDueTime_IsScheduledUntilPromoted()
    {
        var due = Now + 100;
        QueuedTask[] tasks = [NewTask(due: due + 1), NewTask(due: due), NewTask(due: 5)];
        await _queue.EnqueueAllAsync(tasks);

        tasks.ShouldAllBe(task => task.State == TaskState.Scheduled);
        _queue.DelayedCount.ShouldBe(3);
        _queue.PendingCount.ShouldBe(0);
        _queue.NextDueMilliseconds.ShouldBe(5, "the queue looks at no clock");
        (await _queue.PromoteDueAsync(due)).ShouldBe(2);

        var leased = await _queue.LeaseSomeAsync(9);
        ShouldBeLeased(leased, tasks[1], tasks[2]);
        leased[0].DueAtMilliseconds.ShouldBe(0);
    }

    [Fact]
    public async Task Retry_BusyWorkerBeforeTheFirstAttempt_IsRetryingNotScheduled()
    {
        await _queue.EnqueueAllAsync(NewTask());
        var task = await _queue.LeaseOneAsync();

        await _queue.RetryAsync(task, task.LeaseToken, Now + 10, countAttempt: false);

        task.State.ShouldBe(TaskState.Retrying);
        task.Attempt.ShouldBe(0);
    }

    [Fact]
    public async Task Remove_ScheduledTask_IsNotPromoted()
    {
        var task = NewTask(due: Now + 10);
        await _queue.EnqueueAllAsync(task);

        (await _queue.RemoveAsync(task, Kept(TaskState.Cancelled))).ShouldBeTrue();

        (await _queue.PromoteDueAsync(Now + 10)).ShouldBe(0);
        (await FoundAsync(task)).Snapshot.DueAtMilliseconds.ShouldBe(Now + 10);
    }

    [Theory]
    [InlineData(TaskState.Queued, false)]
    [InlineData(TaskState.Dead, false)]
    [InlineData(TaskState.Scheduled, true)]
    [InlineData(TaskState.Succeeded, true)]
    [InlineData(TaskState.Expired, true)]
    public async Task Enqueue_InAStateInWhichNoTaskIsEnqueued_Throws(TaskState state, bool wasArchived)
    {
        var task = Copy(NewTask(), state, wasArchived);

        (await Should.ThrowAsync<ArgumentException>(async () => await _queue.EnqueueAsync(task)))
            .Message.ShouldContain(task.Id.ToString());
        _queue.PendingCount.ShouldBe(0);
    }

    [Theory]
    [InlineData(TaskDurability.Committed)]
    [InlineData(TaskDurability.WriteBehind)]
    public async Task Complete_Kept_IsFoundWithAllThatIsKnown(TaskDurability durability)
    {
        var task = NewTask(
            Print, priority: 7, durability, "the body", "Bearer w", options: new TaskOptions
            {
                Mode = TaskMode.Async,
                TimeoutMilliseconds = 1,
                Attempts = 2,
                Backoff = new TaskBackoff(true, 3, 4),
                TimeToLiveMilliseconds = 5,
                RetentionMilliseconds = 6,
                Tags = ["a", "b"],
                TraceState = "ts",
                Idempotency = new IdempotencyMark(UInt128.MaxValue, 8),
                AttemptsBefore = 9,
            });
        var queue = _store.GetQueue(Print);
        await queue.EnqueueAllAsync(task);
        task = await queue.LeaseOneAsync();
        task.History = [new AttemptRecord(1, "http://w:1", 1000, 2000, null)];
        var end = Kept(TaskState.Succeeded) with
        {
            Result = [1, 2, 3],
            ResultContentType = "image/png",
            WorkerStatus = 200,
            Events = [new TaskEvent(4, TaskEventKind.Chunk, 1500, "{}"u8.ToArray())],
        };

        (await queue.CompleteAsync(task, task.LeaseToken, end).AsTask().Guarded("the end did not end")).ShouldBeTrue();

        var found = await FoundAsync(task, withBody: true);
        found.Body.ShouldNotBeNull().ShouldBe("the body"u8.ToArray());
        found.WorkerKey.ShouldBe("Bearer w");
        found.Attempt.ShouldBe(1);
        found.Options.ShouldBe(task.Options with { Tags = found.Options.Tags });
        found.Options.Tags.ShouldBe(["a", "b"]);
        var told = found.Events.ShouldHaveSingleItem();
        (told.Id, told.Kind, told.AtMilliseconds).ShouldBe((4, TaskEventKind.Chunk, 1500));
        told.Data.ShouldBe("{}"u8.ToArray());
        var shown = found.Snapshot;
        (shown.Id, shown.State, shown.Queue, shown.Function, shown.Priority, shown.Mode).ShouldBe(
            (task.Id, TaskState.Succeeded, Print, "send", 7, TaskMode.Async));
        (shown.CreatedAtMilliseconds, shown.StartedAtMilliseconds, shown.FinishedAtMilliseconds).ShouldBe(
            (task.CreatedAtMilliseconds, 1000, Now));
        shown.KeptUntilMilliseconds.ShouldBe(Now + 1000);
        shown.Tags.ShouldBe(["a", "b"]);
        shown.Attempts.ShouldBe(task.History);
        shown.Result.ShouldBe([1, 2, 3]);
        (shown.ResultContentType, shown.WorkerStatus, shown.Error, shown.Delivery).ShouldBe(
            ("image/png", 200, null, null));
        (await FoundAsync(task)).Body.ShouldBeNull();
        (await FoundAsync(task)).Snapshot.Result.ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task Complete_KeptPlainSyncTask_HasNothingThatItWasNotGiven()
    {
        var task = await EndAsync(NewTask(), Kept(TaskState.Dead) with { Error = "no luck" });

        var found = await FoundAsync(task);

        found.Options.ShouldBe(TaskOptions.Default);
        (found.TraceParent, found.WorkerKey, found.Events.Count).ShouldBe((null, null, 0));
        (found.Snapshot.Error, found.Snapshot.Result, found.Snapshot.Attempts.Count).ShouldBe(("no luck", null, 0));
    }

    [Fact]
    public async Task Complete_KeptUntilItsEnd_LeavesOnlyTheMemory()
    {
        var task = await EndAsync(NewTask(), Kept(TaskState.Succeeded) with { KeptUntilMilliseconds = Now });

        (await Archive.FindAsync(task.Id, false)).ShouldBe(new ArchiveLookup(null, true));
        (await Archive.CountAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Complete_Forgotten_LeavesNothing()
    {
        var task = await EndAsync(NewTask(), TaskEnd.Forgotten(TaskState.Succeeded));

        (await Archive.FindAsync(task.Id, true)).ShouldBe(new ArchiveLookup(null, false));
    }

    [Fact]
    public async Task FindByKey_SeveralTasks_GivesTheNewestOfTheKey()
    {
        var tasks = new[] { NewTask(options: WithKey(1)), NewTask(options: WithKey(1)) };
        foreach (var task in tasks)
            await EndAsync(task, Kept(TaskState.Succeeded) with { Result = [9] });
        await EndAsync(NewTask(options: WithKey(2)), Kept(TaskState.Succeeded));

        var found = (await Archive.FindByKeyAsync(1)).ShouldNotBeNull();

        found.Snapshot.Id.ShouldBe(NewestFirst(tasks).First());
        found.Snapshot.Result.ShouldBe([9]);
        found.Options.Idempotency.ShouldBe(new IdempotencyMark(1, 100));
        (await Archive.FindByKeyAsync(3)).ShouldBeNull();
    }

    [Fact]
    public async Task List_Filters_LetPassWhatTheySay()
    {
        TaskOptions[] options =
        [
            new() { Tags = ["a"] }, new() { Tags = ["b", "ab"] }, new() { Tags = ["a\u001Fb", "", "%"] }, new(),
        ];
        var tasks = new List<QueuedTask>();
        for (var i = 0; i < 16; i++)
        {
            var queue = new QueueKey(i % 2 == 0 ? "mail" : "print", 1 + (i / 8));
            var end = Kept(i % 3 == 0 ? TaskState.Dead : TaskState.Succeeded) with { HasDelivery = i % 5 == 0 };
            tasks.Add(await EndAsync(NewTask(queue, options: options[i % 4]), end));
        }

        await ShouldListAsync(new TaskFilter(), _ => true);
        await ShouldListAsync(new TaskFilter { State = TaskState.Dead }, task => task.State == TaskState.Dead);
        await ShouldListAsync(new TaskFilter { Group = "mail" }, task => task.Queue.Group == "mail");
        await ShouldListAsync(new TaskFilter { Contract = 2 }, task => task.Queue.Contract == 2);
        await ShouldListAsync(
            new TaskFilter { Group = "print", Contract = 1, State = TaskState.Succeeded },
            task => task is { Queue: { Group: "print", Contract: 1 }, State: TaskState.Succeeded });
        await ShouldListAsync(new TaskFilter { Function = "send" }, _ => true);
        await ShouldListAsync(new TaskFilter { Function = "sen" }, _ => false);
        foreach (var tag in new[] { "a", "b", "ab", "a\u001Fb", "", "%", "A" })
            await ShouldListAsync(new TaskFilter { Tag = tag }, task => task.Options.Tags.Contains(tag));
        await ShouldListAsync(
            new TaskFilter { Delivery = WebhookDeliveryState.Pending }, task => tasks.IndexOf(task) % 5 == 0);
        await ShouldListAsync(new TaskFilter { Delivery = WebhookDeliveryState.Dead }, _ => false);

        async Task ShouldListAsync(TaskFilter filter, Func<QueuedTask, bool> passes)
        {
            var found = await Archive.ListAsync(filter, null, 100);
            found.Select(task => task.Id).ShouldBe(NewestFirst(tasks.Where(passes)), filter.ToString());
            found.ShouldAllBe(task => task.Result == null);
        }
    }

    [Fact]
    public async Task List_Pages_MissNothingAndGiveNothingTwice()
    {
        var tasks = new List<QueuedTask>();
        for (var i = 0; i < 25; i++)
            tasks.Add(await EndAsync(NewTask(), Kept(TaskState.Dead) with { Result = [1] }));

        var found = new List<TaskId>();
        for (TaskId? before = null; ;)
        {
            var page = await Archive.ListAsync(new TaskFilter { State = TaskState.Dead }, before, 10);
            page.Count.ShouldBeLessThanOrEqualTo(10);
            if (page.Count == 0)
                break;
            found.AddRange(page.Select(task => task.Id));
            before = page[^1].Id;
        }

        found.ShouldBe(NewestFirst(tasks));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(
            async () => await Archive.ListAsync(new TaskFilter(), null, 0));
    }

    [Fact]
    public async Task Count_EndedTasks_GivesThemByQueueAndState()
    {
        for (var i = 0; i < 3; i++)
            await EndAsync(NewTask(), Kept(TaskState.Dead));
        await EndAsync(NewTask(), Kept(TaskState.Succeeded));
        await EndAsync(NewTask(Print), Kept(TaskState.Dead));

        var counts = await Archive.CountAsync();

        counts.Count.ShouldBe(3);
        counts[(Mail, TaskState.Dead)].ShouldBe(3);
        counts[(Mail, TaskState.Succeeded)].ShouldBe(1);
        counts[(Print, TaskState.Dead)].ShouldBe(1);
    }

    [Fact]
    public async Task Delete_SomeOfThem_RemembersThoseThatWereThere()
    {
        var kept = await EndAsync(NewTask(), Kept(TaskState.Dead));
        var deleted = await EndAsync(NewTask(), Kept(TaskState.Dead));
        var stranger = NewTask().Id;

        (await Archive.DeleteAsync([deleted.Id, stranger, deleted.Id])).ShouldBe(1);

        (await Archive.FindAsync(deleted.Id, false)).ShouldBe(new ArchiveLookup(null, true));
        (await Archive.FindAsync(stranger, false)).ShouldBe(new ArchiveLookup(null, false));
        await FoundAsync(kept);
    }

    [Fact]
    public async Task Delete_VeryMany_DeletesThemAll()
    {
        var tasks = Enumerable.Range(0, 1300).Select(_ => NewTask()).ToArray();
        await _queue.EnqueueAllAsync(tasks);
        await Task.WhenAll(tasks.Select(task => _queue.RemoveAsync(task, Kept(TaskState.Cancelled)).AsTask()))
            .Guarded("the ends did not end");

        (await Archive.DeleteAsync([.. tasks.Select(task => task.Id)])).ShouldBe(1300);

        (await Archive.CountAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Sweep_AfterTheirTime_DeletesAndLaterForgets()
    {
        var tasks = Enumerable.Range(0, 1300).Select(_ => NewTask()).ToArray();
        await _queue.EnqueueAllAsync(tasks);
        await Task.WhenAll(tasks.Select((task, i) => _queue.RemoveAsync(
            task, Kept(TaskState.Cancelled) with { KeptUntilMilliseconds = Now + 1000 + (i / 1200) }).AsTask()))
            .Guarded("the ends did not end");

        (await Archive.SweepAsync(Now + 999)).ShouldBe(0);
        (await Archive.SweepAsync(Now + 1000)).ShouldBe(1200);
        (await Archive.SweepAsync(Now + 1000)).ShouldBe(0);

        (await Archive.CountAsync())[(Mail, TaskState.Cancelled)].ShouldBe(100);
        (await Archive.FindAsync(tasks[0].Id, false)).IsGone.ShouldBeTrue();
        (await Archive.SweepAsync(Now + 1000 + MemoryMilliseconds)).ShouldBe(100);
        (await Archive.FindAsync(tasks[0].Id, false)).IsGone.ShouldBeFalse();
        (await Archive.FindAsync(tasks[1299].Id, false)).IsGone.ShouldBeTrue();
    }

    [Fact]
    public async Task SaveDelivery_UntilItIsDone_KeepsTheTask()
    {
        var task = await EndAsync(NewTask(), Kept(TaskState.Succeeded) with { HasDelivery = true });
        (await FoundAsync(task)).Snapshot.Delivery.ShouldBe(
            new WebhookDelivery(WebhookDeliveryState.Pending, 0, 0, 0, null));
        var again = new WebhookDelivery(WebhookDeliveryState.Pending, 1, Now + 50, 503, "busy");
        await Archive.SaveDeliveryAsync(task.Id, again, Now + 1);

        (await Archive.SweepAsync(Now + 5000)).ShouldBe(0);
        (await FoundAsync(task)).Snapshot.Delivery.ShouldBe(again);

        var done = new WebhookDelivery(WebhookDeliveryState.Delivered, 2, 0, 204, null);
        await Archive.SaveDeliveryAsync(task.Id, done, Now + 6000);
        (await FoundAsync(task)).Snapshot.Delivery.ShouldBe(done);
        (await FoundAsync(task)).Snapshot.KeptUntilMilliseconds.ShouldBe(Now + 6000);
        (await Archive.SweepAsync(Now + 6000)).ShouldBe(1);
        await Archive.SaveDeliveryAsync(task.Id, done, Now + 9000);
        (await Archive.FindAsync(task.Id, false)).ShouldBe(new ArchiveLookup(null, true));
    }

    [Fact]
    public async Task Complete_WithDeliveryAndNoRetention_IsKeptUntilItIsDelivered()
    {
        var task = await EndAsync(
            NewTask(), Kept(TaskState.Succeeded) with { HasDelivery = true, KeptUntilMilliseconds = null });

        await FoundAsync(task);
        (await Archive.SweepAsync(long.MaxValue / 2)).ShouldBe(0);
    }

    [Theory]
    [InlineData(TaskState.Dead)]
    [InlineData(TaskState.Cancelled)]
    public async Task Enqueue_EndedTask_LeavesTheArchiveAndRunsAgain(TaskState state)
    {
        var first = NewTask(body: "again", workerKey: "k", options: WithKey(1));
        await EndAsync(first, Kept(state));
        var found = await FoundAsync(first, withBody: true);
        var revived = Copy(first, state, wasArchived: true, found);

        await _queue.EnqueueAllAsync(revived);

        revived.State.ShouldBe(TaskState.Queued);
        (await Archive.FindAsync(first.Id, true)).ShouldBe(new ArchiveLookup(null, false));
        (await Archive.FindByKeyAsync(1)).ShouldBeNull();
        var leased = await _queue.LeaseOneAsync();
        ShouldBeLeased(leased, revived);
        (leased.Attempt, leased.BodyText()).ShouldBe((2, "again"));
        await _queue.CompleteAsync(leased, leased.LeaseToken, Kept(TaskState.Succeeded)).AsTask()
            .Guarded("the end did not end");
        (await FoundAsync(first)).Snapshot.State.ShouldBe(TaskState.Succeeded);
    }

    [Fact]
    public async Task Remember_FunctionsAndPauses_Completes()
    {
        _store.RememberFunctions(Mail, ["send", "sort"]);
        await _store.RememberPauseAsync(Mail, Now + 5).AsTask().Guarded("the pause was not written");
        await _store.RememberPauseAsync(Mail, null).AsTask().Guarded("the pause was not deleted");
        await _store.RememberDrainAsync("http://a", true).AsTask().Guarded("the drain was not written");
        await _store.RememberDrainAsync("http://a", false).AsTask().Guarded("the drain was not deleted");
    }

    private static IEnumerable<TaskId> NewestFirst(IEnumerable<QueuedTask> tasks) =>
        tasks.Select(task => task.Id).OrderByDescending(id => id.ToString(), StringComparer.Ordinal);

    private static TaskOptions WithKey(UInt128 key) => new() { Idempotency = new IdempotencyMark(key, key * 100) };

    private static QueuedTask Copy(QueuedTask task, TaskState state, bool wasArchived, ArchivedTask? archived = null) =>
        new()
        {
            Id = task.Id,
            Queue = task.Queue,
            Function = task.Function,
            Priority = task.Priority,
            CreatedAtMilliseconds = task.CreatedAtMilliseconds,
            Durability = TaskDurability.Committed,
            Body = archived?.Body ?? task.Body,
            BodyBytes = task.BodyBytes,
            Attempt = archived?.Attempt ?? 0,
            Options = archived?.Options ?? task.Options,
            WasArchived = wasArchived,
            State = state,
        };

    private TaskEnd Kept(TaskState state) =>
        new() { State = state, AtMilliseconds = Now, KeptUntilMilliseconds = Now + 1000 };

    private async Task<QueuedTask> EndAsync(QueuedTask task, TaskEnd end)
    {
        var queue = _store.GetQueue(task.Queue);
        await queue.EnqueueAllAsync(task);
        task = await queue.LeaseOneAsync();
        (await queue.CompleteAsync(task, task.LeaseToken, end).AsTask().Guarded("the end did not end")).ShouldBeTrue();
        return task;
    }

    private async Task<ArchivedTask> FoundAsync(QueuedTask task, bool withBody = false)
    {
        var (found, isGone) = await Archive.FindAsync(task.Id, withBody);
        isGone.ShouldBeFalse();
        return found.ShouldNotBeNull();
    }
}
