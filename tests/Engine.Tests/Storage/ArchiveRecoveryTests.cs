using System.Text;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Journal;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage;

/// <summary>What the journal's file keeps beside tasks that live, over stops, crashes and flipped bytes.</summary>
public sealed class ArchiveRecoveryTests : IDisposable
{
    private readonly StoreFolder _folder = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly RecordingLogger _log = new();

    private long Now => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Open_Again_GivesAllThatIsRemembered(bool crashed)
    {
        var store = await OpenStoreAsync(_folder, _clock);
        store.RememberFunctions(Mail, ["send", "sort"]);
        store.RememberFunctions(Mail, ["sort", "burn"]);
        store.RememberFunctions(Print, ["send"]);
        await store.RememberPauseAsync(Mail, Now + 100);
        await store.RememberPauseAsync(Print, long.MaxValue);
        await store.RememberPauseAsync(new QueueKey("x", 1), 5);
        await store.RememberPauseAsync(new QueueKey("x", 1), null);
        await store.RememberDrainAsync("http://a:1/x", true);
        await store.RememberDrainAsync("http://b", true);
        await store.RememberDrainAsync("http://b", true);
        await store.RememberDrainAsync("http://c", true);
        await store.RememberDrainAsync("http://c", false);
        var pending = await EndAsync(store, NewTask(), Kept(TaskState.Succeeded) with { HasDelivery = true });
        var tried = await EndAsync(store, NewTask(), Kept(TaskState.Succeeded) with { HasDelivery = true });
        await store.Archive.SaveDeliveryAsync(
            tried.Id, new WebhookDelivery(WebhookDeliveryState.Pending, 3, Now + 7, 500, "no"), 0);
        var done = await EndAsync(store, NewTask(), Kept(TaskState.Succeeded) with { HasDelivery = true });
        await store.Archive.SaveDeliveryAsync(
            done.Id, new WebhookDelivery(WebhookDeliveryState.Delivered, 1, 0, 200, null), Now + 100);
        using var copy = crashed ? _folder.CopyFiles() : null;
        await store.DisposeAsync();

        await using var again = NewStore(copy ?? _folder, _clock);
        var content = await again.OpenAsync(TestContext.Current.CancellationToken);

        content.Functions.Keys.ShouldBe([Mail, Print], ignoreOrder: true);
        content.Functions[Mail].ShouldBe(["send", "sort", "burn"], ignoreOrder: true);
        content.Functions[Print].ShouldBe(["send"]);
        content.Pauses.ShouldBe(
            new Dictionary<QueueKey, long> { [Mail] = Now + 100, [Print] = long.MaxValue }, ignoreOrder: true);
        content.Drains.ShouldBe(["http://a:1/x", "http://b"], ignoreOrder: true);
        content.Deliveries.ShouldBe([new PendingDelivery(pending.Id, 0, 0), new PendingDelivery(tried.Id, 3, Now + 7)]);
        content.Tasks.ShouldBeEmpty();
        (await again.Archive.FindAsync(done.Id, false)).Task.ShouldNotBeNull();
    }

    [Fact]
    public async Task Open_AfterACrash_FindsEveryEndThatWasTold()
    {
        await using var store = await OpenStoreAsync(_folder, _clock);
        var ended = await EndAsync(store, NewTask(body: "b"), Kept(TaskState.Dead) with { Result = [1] });
        var forgotten = await EndAsync(
            store, NewTask(), Kept(TaskState.Succeeded) with { KeptUntilMilliseconds = Now });
        var revived = await EndAsync(store, NewTask(), Kept(TaskState.Dead));
        await store.GetQueue(Mail).EnqueueAllAsync(Revive(revived));

        using var crashed = _folder.CopyFiles();
        await using var again = NewStore(crashed, _clock);
        var content = await again.OpenAsync(TestContext.Current.CancellationToken);

        content.Tasks.Select(task => task.Id).ShouldBe([revived.Id]);
        var found = (await again.Archive.FindAsync(ended.Id, true)).Task.ShouldNotBeNull();
        found.Snapshot.Result.ShouldBe([1]);
        found.Body.ShouldBe("b"u8.ToArray());
        (await again.Archive.FindAsync(forgotten.Id, true)).IsGone.ShouldBeTrue();
        (await again.Archive.FindAsync(revived.Id, true)).ShouldBe(new ArchiveLookup(null, false));
    }

    [Fact]
    public async Task Open_TaskThatRanAtTheCrash_KeepsItsCountAndItsAttempts()
    {
        var gate = new StageGate();
        await using var store = await OpenStoreAsync(_folder, _clock, gate);
        var queue = store.GetQueue(Mail);
        var task = NewTask(options: new TaskOptions { Tags = ["t"] });
        await queue.EnqueueAllAsync(task);
        await queue.LeaseOneAsync();
        task.History = [new AttemptRecord(1, "http://w", 10, 20, "it broke")];
        await queue.RetryAsync(task, task.LeaseToken, 0, countAttempt: true);
        await queue.LeaseOneAsync();
        await _clock.WaitForTimersAsync(1);
        var committed = gate.Next(JournalStage.AfterCommit);
        _clock.Advance(LocalTaskStoreDefaults.WriteBehindDelay);
        await committed;

        using var crashed = _folder.CopyFiles();
        await using var again = await OpenStoreAsync(crashed, _clock);

        var found = await again.GetQueue(Mail).LeaseOneAsync();
        found.Attempt.ShouldBe(3);
        found.History.ShouldBe(task.History);
        found.Options.Tags.ShouldBe(["t"]);
    }

    [Fact]
    public async Task Open_TasksThatWaited_AreScheduledOrRetryingAgain()
    {
        await using (var store = await OpenStoreAsync(_folder, _clock))
        {
            var queue = store.GetQueue(Mail);
            await queue.EnqueueAllAsync(NewTask());
            var busy = await queue.LeaseOneAsync();
            await queue.RetryAsync(busy, busy.LeaseToken, Now + 5, countAttempt: false);
            await queue.EnqueueAllAsync(NewTask(due: Now + 6));
        }

        await using var again = NewStore(_folder, _clock);
        var content = await again.OpenAsync(TestContext.Current.CancellationToken);

        content.Tasks.Select(task => (task.State, task.Attempt, task.DueAtMilliseconds)).ShouldBe(
            [(TaskState.Retrying, 0, Now + 5), (TaskState.Scheduled, 0, Now + 6)]);
    }

    [Fact]
    public async Task Complete_BodyOnDiskOnly_GoesIntoTheArchive()
    {
        var options = _folder.Options with { BodyMemoryBytesMax = 0 };
        await using var store = await OpenStoreAsync(_folder, _clock, options: options);
        var queue = store.GetQueue(Mail);
        QueuedTask[] tasks = [NewTask(body: "one"), NewTask(body: "two")];
        await queue.EnqueueAllAsync(tasks);
        _folder.Execute($"UPDATE tasks SET body = x'00' WHERE sequence = {tasks[1].Sequence}");
        tasks.ShouldAllBe(task => task.Body == null);

        foreach (var task in tasks)
            (await queue.RemoveAsync(task, Kept(TaskState.Cancelled)).AsTask().Guarded("no end")).ShouldBeTrue();

        _folder.CountRecords().ShouldBe(0);
        (await store.Archive.FindAsync(tasks[0].Id, true)).Task!.Body.ShouldBe("one"u8.ToArray());
        (await store.Archive.FindAsync(tasks[1].Id, true)).Task!.Body.ShouldBeNull("it was damaged");
    }

    [Fact]
    public async Task Complete_TaskThatWasNeverWritten_IsArchivedWithoutARecord()
    {
        await using var store = await OpenStoreAsync(_folder, _clock);
        var queue = store.GetQueue(Mail);
        var task = NewWriteBehindTask("fast");
        await queue.EnqueueAsync(task);
        await queue.LeaseOneAsync();

        await queue.CompleteAsync(task, task.LeaseToken, Kept(TaskState.Dead)).AsTask().Guarded("no end");

        _folder.CountRecords().ShouldBe(0);
        (await store.Archive.FindAsync(task.Id, true)).Task!.Body.ShouldBe("fast"u8.ToArray());
    }

    [Fact]
    public async Task Complete_Many_ShareTransactions()
    {
        var gate = new StageGate();
        await using var store = await OpenStoreAsync(_folder, _clock, gate);
        var queue = store.GetQueue(Mail);
        await queue.EnqueueAllAsync([.. Enumerable.Range(0, 201).Select(_ => NewTask())]);
        var tasks = await queue.LeaseSomeAsync(201);
        gate.Hold(JournalStage.BeforeCommit);
        var reached = gate.Next(JournalStage.BeforeCommit);
        var first = queue.CompleteAsync(tasks[0], tasks[0].LeaseToken, Kept(TaskState.Succeeded)).AsTask();
        await reached;
        var others = tasks.Skip(1)
            .Select(task => queue.CompleteAsync(task, task.LeaseToken, Kept(TaskState.Succeeded)).AsTask()).ToArray();
        first.IsCompleted.ShouldBeFalse();
        var before = gate.Count(JournalStage.AfterCommit);

        gate.Release(JournalStage.BeforeCommit);
        await Task.WhenAll([first, .. others]).Guarded("the ends did not end");

        (gate.Count(JournalStage.AfterCommit) - before).ShouldBe(2);
        _folder.Query("SELECT count(*) FROM archive").ShouldBe(201);
        _folder.CountRecords().ShouldBe(0);
    }

    [Fact]
    public async Task Find_WhileTheWriterIsBusy_DoesNotWaitForIt()
    {
        var gate = new StageGate();
        await using var store = await OpenStoreAsync(_folder, _clock, gate);
        var ended = await EndAsync(store, NewTask(), Kept(TaskState.Dead));
        var queue = store.GetQueue(Mail);
        gate.Hold(JournalStage.BeforeCommit);
        var reached = gate.Next(JournalStage.BeforeCommit);
        var enqueued = queue.EnqueueAsync(NewTask()).AsTask();
        await reached;

        (await store.Archive.FindAsync(ended.Id, true).AsTask().Guarded("the read waits")).Task.ShouldNotBeNull();
        (await store.Archive.ListAsync(new TaskFilter(), null, 9).AsTask().Guarded("the list waits"))
            .ShouldHaveSingleItem();

        gate.Release(JournalStage.BeforeCommit);
        await enqueued.Guarded("the enqueue did not end");
    }

    [Fact]
    public async Task Commit_BesideAFloodOfEndsAndOrders_HasItsShareOfTheTransaction()
    {
        var gate = new StageGate();
        await using var store = await OpenStoreAsync(_folder, _clock, gate);
        var queue = store.GetQueue(Mail);
        var tasks = Enumerable.Range(0, 12_000).Select(_ => NewTask()).ToArray();
        await queue.EnqueueAllAsync(tasks);
        gate.Hold(JournalStage.BeforeCommit);
        var reached = gate.Next(JournalStage.BeforeCommit);
        var first = queue.EnqueueAsync(NewTask()).AsTask();
        await reached;
        var ends = tasks.Select(task => queue.RemoveAsync(task, Kept(TaskState.Cancelled)).AsTask()).ToArray();
        var sweeps = Enumerable.Range(0, 20).Select(_ => store.Archive.SweepAsync(Now).AsTask()).ToArray();
        var late = queue.EnqueueAsync(NewTask()).AsTask();
        var second = gate.Next(JournalStage.Done, 2);
        gate.Release(JournalStage.BeforeCommit);

        await second;
        late.IsCompletedSuccessfully.ShouldBeTrue("the commit starved");
        ends.Count(end => end.IsCompleted).ShouldBeInRange(1000, 11_000);
        await Task.WhenAll([first, .. ends, .. sweeps]).Guarded("the flood did not end");
        _folder.Query("SELECT count(*) FROM archive").ShouldBe(12_000);
    }

    [Theory]
    [InlineData("result = x'02'")]
    [InlineData("events = x'5B5D'")]
    [InlineData("history = x'5B5D'")]
    [InlineData("state = 6")]
    public async Task Find_FlippedByte_IsSaidAndNeverServed(string change)
    {
        var id = await ArchiveOneAsync();
        _folder.Execute($"UPDATE archive SET {change}");

        await using var store = LocalTaskStore.Sqlite(_folder.Options, BalancerKey, _clock, _log);
        await store.OpenAsync(TestContext.Current.CancellationToken);
        var found = (await store.Archive.FindAsync(id, true)).Task.ShouldNotBeNull();

        found.Snapshot.Result.ShouldBeNull();
        found.Snapshot.Error.ShouldNotBeNull().ShouldContain("damaged");
        found.Body.ShouldNotBeNull("the body has a checksum of its own");
        _log.Entries.ShouldContain(entry => entry.EventId == 4013 && entry.Text.Contains(id.ToString()));
    }

    [Fact]
    public async Task Find_DamagedBody_IsLeftOut()
    {
        var id = await ArchiveOneAsync();
        _folder.Execute("UPDATE archive SET body = x'7B7C'");

        await using var store = LocalTaskStore.Sqlite(_folder.Options, BalancerKey, _clock, _log);
        await store.OpenAsync(TestContext.Current.CancellationToken);

        (await store.Archive.FindAsync(id, true)).Task!.Body.ShouldBeNull();
        _log.Entries.Count(entry => entry.EventId == 4013).ShouldBe(1);
        (await store.Archive.FindAsync(id, false)).Task!.Snapshot.Result.ShouldBe([1]);
    }

    [Fact]
    public async Task Files_WithSecrets_ShowNoneOfThem()
    {
        var webhook = new WebhookAddress("https://h.example/p?t=urlsecret", [new("authorization", "headersecret")]);
        var options = new TaskOptions { Mode = TaskMode.Webhook, Webhook = webhook, Attempts = 4 };
        await using (var store = await OpenStoreAsync(_folder, _clock))
        {
            await EndAsync(store, NewTask(workerKey: "keysecret", options: options), Kept(TaskState.Dead));
            await store.GetQueue(Mail).EnqueueAllAsync(NewTask(workerKey: "keysecret", options: options));
            Check();
        }

        Check();
        await using (var other = LocalTaskStore.Sqlite(_folder.Options, "another key", _clock, _log))
        {
            var blind = (await other.OpenAsync(TestContext.Current.CancellationToken)).Tasks.ShouldHaveSingleItem();
            (blind.Options.Webhook, blind.Options.Mode, blind.Options.Attempts).ShouldBe((null, TaskMode.Async, 4));
        }

        await using var again = NewStore(_folder, _clock);
        var task = (await again.OpenAsync(TestContext.Current.CancellationToken)).Tasks.ShouldHaveSingleItem();
        task.Options.Webhook.ShouldNotBeNull().Url.ShouldBe(webhook.Url);
        task.Options.Webhook.Headers.ShouldBe(webhook.Headers);

        void Check()
        {
            foreach (var path in Directory.GetFiles(_folder.Path, "*.db*"))
            {
                using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                var bytes = new byte[file.Length];
                file.ReadExactly(bytes);
                var text = Encoding.Latin1.GetString(bytes);
                foreach (var secret in new[] { "urlsecret", "headersecret", "keysecret" })
                    text.Contains(secret, StringComparison.Ordinal).ShouldBeFalse($"{secret} in {path}");
            }
        }
    }

    private static QueuedTask Revive(QueuedTask task) => new()
    {
        Id = task.Id,
        Queue = task.Queue,
        Function = task.Function,
        Priority = task.Priority,
        CreatedAtMilliseconds = task.CreatedAtMilliseconds,
        Durability = TaskDurability.Committed,
        Body = "{}"u8.ToArray(),
        BodyBytes = 2,
        State = task.State,
        WasArchived = true,
    };

    private TaskEnd Kept(TaskState state) =>
        new() { State = state, AtMilliseconds = Now, KeptUntilMilliseconds = Now + 100_000 };

    private async Task<TaskId> ArchiveOneAsync()
    {
        await using var store = await OpenStoreAsync(_folder, _clock);
        var task = NewTask();
        task.History = [new AttemptRecord(1, "http://w", 1, 2, "no")];
        var end = Kept(TaskState.Dead) with { Result = [1], Events = [new TaskEvent(1, TaskEventKind.Chunk, 1, null)] };
        return (await EndAsync(store, task, end)).Id;
    }

    private static async Task<QueuedTask> EndAsync(LocalTaskStore store, QueuedTask task, TaskEnd end)
    {
        var queue = store.GetQueue(task.Queue);
        await queue.EnqueueAllAsync(task);
        await queue.LeaseOneAsync();
        (await queue.CompleteAsync(task, task.LeaseToken, end).AsTask().Guarded("the end did not end")).ShouldBeTrue();
        return task;
    }
}
