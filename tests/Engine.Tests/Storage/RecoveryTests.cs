using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Journal;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage;

/// <summary>What a store finds again after a clean stop and after a crash.</summary>
public sealed class RecoveryTests : IDisposable
{
    private readonly StoreFolder _folder = new();
    private readonly ManualTimeProvider _clock = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Open_AfterACleanStop_FindsEveryTaskInItsPlace()
    {
        var tasks = Enumerable.Range(0, 3000)
            .Select(i => NewTask(
                i % 3 == 0 ? Print : Mail,
                1 + (i % 7),
                (TaskDurability)(i % 2),
                $"body {i}",
                i % 5 == 0 ? "secret" : null))
            .ToArray();
        await using (var store = await OpenStoreAsync(_folder, _clock))
        {
            foreach (var task in tasks)
                _ = store.GetQueue(task.Queue).EnqueueAsync(task).AsTask();
        }

        await using var again = NewStore(_folder, _clock);
        var content = await again.OpenAsync(TestContext.Current.CancellationToken);

        content.Tasks.Select(Describe).ShouldBe(tasks.Select(Describe));
        foreach (var key in new[] { Mail, Print })
        {
            var expected = tasks.Where(task => task.Queue == key).OrderBy(task => task.Priority).ToList();
            var found = await again.GetQueue(key).LeaseSomeAsync(3000);
            found.Select(Describe).ShouldBe(expected.Select(Describe));
        }

        static string Describe(QueuedTask task) => string.Join(
            ' ', task.Id, task.Queue, task.Function, task.Priority, task.CreatedAtMilliseconds, task.Durability,
            task.WorkerKey, task.BodyText(), task.Sequence);
    }

    [Fact]
    public async Task Open_AfterACleanStop_LeavesOneFileAndAnEmptyLog()
    {
        await using (var store = await OpenStoreAsync(_folder, _clock))
            await store.GetQueue(Mail).EnqueueAllAsync(NewTask());

        File.Exists(_folder.Log).ShouldBeFalse();
        _folder.CountRecords().ShouldBe(1);
    }

    [Fact]
    public async Task Open_AfterACleanStop_RunsNoCompletedTaskAgain()
    {
        await using (var store = await OpenStoreAsync(_folder, _clock))
        {
            var queue = store.GetQueue(Mail);
            await queue.EnqueueAllAsync(NewTask(), NewWriteBehindTask(), NewTask());
            foreach (var task in await queue.LeaseSomeAsync(2))
                await queue.CompleteAsync(task, task.LeaseToken, TaskEnd.Forgotten(TaskState.Succeeded));
        }

        await using var again = await OpenStoreAsync(_folder, _clock);
        again.GetQueue(Mail).PendingCount.ShouldBe(1);
    }

    [Fact]
    public async Task Open_AfterACrash_FindsWhatWasAcknowledged()
    {
        var gate = new StageGate();
        await using var store = await OpenStoreAsync(_folder, _clock, gate);
        var queue = store.GetQueue(Mail);
        var tasks = Enumerable.Range(0, 500).Select(i => NewTask(priority: 1 + (i % 3))).ToArray();
        await queue.EnqueueAllAsync(tasks);
        var running = await queue.LeaseSomeAsync(20);
        foreach (var task in running.Take(10))
            await queue.CompleteAsync(task, task.LeaseToken, TaskEnd.Forgotten(TaskState.Succeeded));
        await Commit(gate);
        var ended = running.Take(10).Select(task => task.Id).ToHashSet();

        using var crashed = _folder.CopyFiles();
        await using var again = await OpenStoreAsync(crashed, _clock);

        var found = await again.GetQueue(Mail).LeaseSomeAsync(1000);
        found.Select(task => task.Id).ShouldBe(
            tasks.Where(task => !ended.Contains(task.Id)).OrderBy(task => task.Priority).Select(task => task.Id));
        // Those that ran keep the attempt that the crash cut short.
        found.Take(10).ShouldAllBe(task => task.Attempt == 2);
        found.Skip(10).ShouldAllBe(task => task.Attempt == 1);
    }

    [Fact]
    public async Task Open_TaskThatWaitedForItsRetry_WaitsForTheSameMoment()
    {
        var due = _clock.GetUtcNow().ToUnixTimeMilliseconds() + 5000;
        await using (var store = await OpenStoreAsync(_folder, _clock))
        {
            var queue = store.GetQueue(Mail);
            await queue.EnqueueAllAsync(NewTask());
            var task = await queue.LeaseOneAsync();
            await queue.RetryAsync(task, task.LeaseToken, due, countAttempt: true);
        }

        await using var again = await OpenStoreAsync(_folder, _clock);
        var found = again.GetQueue(Mail);

        found.PendingCount.ShouldBe(0);
        found.NextDueMilliseconds.ShouldBe(due);
        (await found.PromoteDueAsync(due)).ShouldBe(1);
        (await found.LeaseOneAsync()).Attempt.ShouldBe(2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Open_Again_GoesOnAboveEverySequenceAndToken(bool crashed)
    {
        var store = await OpenStoreAsync(_folder, _clock);
        var queue = store.GetQueue(Mail);
        await queue.EnqueueAllAsync([.. Enumerable.Range(0, 100).Select(_ => NewTask())]);
        // The last ones end before they are written: no record tells of their sequences.
        await queue.EnqueueAllAsync([.. Enumerable.Range(0, 100).Select(_ => NewWriteBehindTask())]);
        var last = (await queue.LeaseSomeAsync(200))[^1];
        await queue.CompleteAsync(last, last.LeaseToken, TaskEnd.Forgotten(TaskState.Succeeded));
        using var copy = crashed ? _folder.CopyFiles() : null;
        await store.DisposeAsync();

        await using var again = await OpenStoreAsync(copy ?? _folder, _clock);
        var queueAgain = again.GetQueue(Mail);
        var task = NewTask(priority: 1);
        await queueAgain.EnqueueAllAsync(task);
        var leased = await queueAgain.LeaseSomeAsync(1000);

        task.Sequence.ShouldBeGreaterThan(last.Sequence);
        leased[0].LeaseToken.ShouldBeGreaterThan(last.LeaseToken);
        if (!crashed)
            task.Sequence.ShouldBe(last.Sequence + 1);
    }

    [Fact]
    public async Task Open_BodiesBeyondTheBudget_AreReadWhenLeased()
    {
        var options = _folder.Options with { BodyMemoryBytesMax = 1000 };
        var tasks = Enumerable.Range(0, 300)
            .Select(i => NewTask(body: new string((char)('a' + (i % 26)), 100)))
            .ToArray();
        await using (var store = await OpenStoreAsync(_folder, _clock, options: options))
        {
            await store.GetQueue(Mail).EnqueueAllAsync(tasks);
            tasks.Count(task => task.Body is not null).ShouldBe(10);
        }

        await using var again = await OpenStoreAsync(_folder, _clock, options: options);
        var queue = again.GetQueue(Mail);

        for (var i = 0; i < 300; i += 3)
        {
            var leased = await queue.LeaseSomeAsync(3);
            leased.Count.ShouldBe(3);
            for (var j = 0; j < 3; j++)
            {
                leased[j].BodyText().ShouldBe(new string((char)('a' + ((i + j) % 26)), 100));
                await queue.CompleteAsync(leased[j], leased[j].LeaseToken, TaskEnd.Forgotten(TaskState.Succeeded));
            }
        }
    }

    [Fact]
    public async Task Open_OtherBalancerKey_KeepsTasksWithoutTheirWorkerKeysAndSaysSoOnce()
    {
        await using (var store = await OpenStoreAsync(_folder, _clock))
        {
            await store.GetQueue(Mail).EnqueueAllAsync(
                NewTask(workerKey: "Bearer one"), NewTask(workerKey: "Bearer two"), NewTask());
        }

        var log = new RecordingLogger();
        await using (var other = LocalTaskStore.Sqlite(_folder.Options, "another key", _clock, log))
        {
            await other.OpenAsync(TestContext.Current.CancellationToken);
            var leased = await other.GetQueue(Mail).LeaseSomeAsync(3);
            leased.ShouldAllBe(task => task.WorkerKey == null);
        }

        var warning = log.Entries.Where(entry => entry.Level == LogLevel.Warning).ShouldHaveSingleItem();
        warning.Text.ShouldContain("2 tasks");
        await using var again = await OpenStoreAsync(_folder, _clock);
        (await again.GetQueue(Mail).LeaseSomeAsync(3)).Select(task => task.WorkerKey)
            .ShouldBe(["Bearer one", "Bearer two", null]);
    }

    [Fact]
    public async Task Files_WithWorkerKeys_ShowNoneOfThem()
    {
        const string Secret = "Bearer 0123456789abcdef";
        var log = new RecordingLogger();
        await using (var store = LocalTaskStore.Sqlite(_folder.Options, BalancerKey, _clock, log))
        {
            await store.OpenAsync(TestContext.Current.CancellationToken);
            await store.GetQueue(Mail).EnqueueAllAsync(NewTask(workerKey: Secret));
        }

        foreach (var file in Directory.GetFiles(_folder.Path))
        {
            var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
            bytes.AsSpan().IndexOf("0123456789abcdef"u8).ShouldBe(-1, file);
        }

        log.Entries.ShouldAllBe(entry => !entry.Text.Contains("0123456789abcdef"));
    }

    private async Task Commit(StageGate gate)
    {
        await _clock.WaitForTimersAsync(1);
        var committed = gate.Next(JournalStage.AfterCommit);
        _clock.Advance(LocalTaskStoreDefaults.WriteBehindDelay);
        await committed;
    }
}
