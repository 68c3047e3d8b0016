using System.Diagnostics;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Journal;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage;

/// <summary>Files that a store must refuse, or open in spite of their state.</summary>
public sealed class OpeningTests : IDisposable
{
    private readonly StoreFolder _folder = new();
    private readonly ManualTimeProvider _clock = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Open_DirectoryInUse_IsRefusedUntilItIsFree()
    {
        var store = await OpenStoreAsync(_folder, _clock);
        await store.GetQueue(Mail).EnqueueAllAsync(NewTask());

        var refusal = await RefusalAsync();
        refusal.ShouldContain(_folder.Path);
        refusal.ShouldContain("actorbalancer.lock");
        store.IsHealthy.ShouldBeTrue();
        await store.GetQueue(Mail).EnqueueAllAsync(NewTask());

        await store.DisposeAsync();
        await using var again = await OpenStoreAsync(_folder, _clock);
        again.GetQueue(Mail).PendingCount.ShouldBe(2);
    }

    [Fact]
    public async Task Open_LockFileOfADeadProcess_MeansNothing()
    {
        var path = Path.Combine(_folder.Path, "actorbalancer.lock");
        await File.WriteAllTextAsync(path, "999999999", TestContext.Current.CancellationToken);

        await using (await OpenStoreAsync(_folder, _clock))
        {
            var cat = new ProcessStartInfo("cat", [path]) { RedirectStandardOutput = true, UseShellExecute = false };
            using var process = Process.Start(cat)!;
            var text = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            text.ShouldBe($"{Environment.ProcessId}\n");
        }
    }

    [Fact]
    public async Task Open_FileThatIsNoDatabase_IsRefusedByName()
    {
        await File.WriteAllTextAsync(
            _folder.Database, new string('x', 10_000), TestContext.Current.CancellationToken);

        (await RefusalAsync()).ShouldContain($"'{_folder.Database}' is damaged or no database");
        (await File.ReadAllTextAsync(_folder.Database, TestContext.Current.CancellationToken)).ShouldBe(
            new string('x', 10_000));
    }

    [Fact]
    public async Task Open_DatabaseOfAnotherProgram_IsRefused()
    {
        _folder.Execute("CREATE TABLE other (x); INSERT INTO other VALUES (1)");

        (await RefusalAsync()).ShouldContain("another program");
        _folder.Query("SELECT x FROM other").ShouldBe(1);
    }

    [Fact]
    public async Task Open_NewerVersion_IsRefused()
    {
        await (await OpenStoreAsync(_folder, _clock)).DisposeAsync();
        _folder.Execute("PRAGMA user_version = 3");

        (await RefusalAsync()).ShouldContain("has version 3");
        _folder.Query("PRAGMA user_version").ShouldBe(3);
    }

    [Fact]
    public async Task Open_DataDirectoryThatIsAFile_IsRefused()
    {
        var path = Path.Combine(_folder.Path, "file");
        await File.WriteAllTextAsync(path, "", TestContext.Current.CancellationToken);

        (await RefusalAsync(_folder.Options with { DataDirectory = path })).ShouldContain($"'{path}' cannot be made");
    }

    [Fact]
    public async Task Open_AfterARefusal_HoldsNothing()
    {
        _folder.Execute("CREATE TABLE other (x)");
        await RefusalAsync();
        File.Delete(_folder.Database);

        await using var store = await OpenStoreAsync(_folder, _clock);
        await store.GetQueue(Mail).EnqueueAllAsync(NewTask());
    }

    [Fact]
    public async Task Open_FlippedByte_IsRefusedOrLosesNothing()
    {
        var tasks = await FillAsync(300);
        var whole = await File.ReadAllBytesAsync(_folder.Database, TestContext.Current.CancellationToken);
        var random = new Random(20261121);
        var refused = 0;
        for (var trial = 0; trial < 60; trial++)
        {
            var offset = random.Next(whole.Length);
            var damaged = whole.ToArray();
            damaged[offset] ^= (byte)(1 << random.Next(8));
            using var folder = new StoreFolder();
            await File.WriteAllBytesAsync(folder.Database, damaged, TestContext.Current.CancellationToken);

            var store = NewStore(folder, _clock);
            try
            {
                await store.OpenAsync(TestContext.Current.CancellationToken);
                var found = await store.GetQueue(Mail).LeaseSomeAsync(1000);
                found.Select(Describe).ShouldBe(tasks.Select(Describe), $"byte {offset}");
            }
            catch (TaskStoreException refusal)
            {
                refusal.Message.ShouldContain(folder.Database);
                refused++;
            }
            finally
            {
                await store.DisposeAsync();
            }
        }

        // Most of the file is bodies, so most flips are found by the records' checksums.
        refused.ShouldBeGreaterThan(30);

        static string Describe(QueuedTask task) => string.Join(
            ' ', task.Id, task.Function, task.Priority, task.CreatedAtMilliseconds, task.BodyText(), task.Sequence);
    }

    [Theory]
    [InlineData("tasks", true)]
    [InlineData("progress", true)]
    [InlineData("archive", false)]
    public async Task Open_LargeFile_ChecksTheTablesThatTheQueuesRestOn(string table, bool isRefused)
    {
        await FillAsync(3);
        // Beyond the size up to which every page is checked.
        _folder.Execute(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 68)
            INSERT INTO archive
            SELECT 1000 + i, CAST(printf('%016d', i) AS BLOB), 4, 'mail', 1, 'send', 1, 3, NULL, i, 0, i, i, i, 1, 200,
                NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL, zeroblob(1 << 20), NULL
            FROM n
            """);
        var page = _folder.Query($"SELECT rootpage FROM sqlite_master WHERE name = '{table}'");
        using (var file = File.OpenHandle(_folder.Database, FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.GetLength(file).ShouldBeGreaterThan(68 << 20);
            RandomAccess.Write(file, new byte[] { 0xFF, 0xFF, 0xFF }, (page - 1) * JournalSchema.PageBytes);
        }

        if (isRefused)
        {
            (await RefusalAsync()).ShouldContain("damaged");
            return;
        }

        await using var store = await OpenStoreAsync(_folder, _clock);
        (await store.GetQueue(Mail).LeaseSomeAsync(9)).Count.ShouldBe(3);
        var id = new TaskId(new Guid("0000000000000001"u8, bigEndian: true));
        (await Should.ThrowAsync<TaskStoreException>(async () => await store.Archive.FindAsync(id, false)))
            .Message.ShouldContain(_folder.Database);
    }

    [Fact]
    public async Task Open_TornLog_KeepsAllThatWasAcknowledgedBeforeTheTear()
    {
        var (copy, acknowledged) = await FillLogAsync();
        using (copy)
        {
            var length = new FileInfo(copy.Log).Length;
            length.ShouldBe(acknowledged[^1].LogLength);
            var random = new Random(50);
            for (var trial = 0; trial < 50; trial++)
            {
                var offset = random.NextInt64(length + 1);
                using var torn = copy.CopyFiles();
                using (var log = File.OpenHandle(torn.Log, FileMode.Open, FileAccess.ReadWrite))
                    RandomAccess.SetLength(log, offset);

                await using var store = await OpenStoreAsync(torn, _clock);
                var found = (await store.GetQueue(Mail).LeaseSomeAsync(1000)).Select(task => task.Id).ToList();

                var safe = acknowledged.Where(ack => ack.LogLength <= offset).Select(ack => ack.Id).ToList();
                found.Take(safe.Count).ShouldBe(safe, $"torn at {offset} of {length}");
                // A commit that was whole but not yet told of may be there as well; nothing else may.
                found.Count.ShouldBeLessThanOrEqualTo(safe.Count + 1);
            }
        }
    }

    [Fact]
    public void Options_WithMistakes_NamesThemAll()
    {
        var options = new LocalTaskStoreOptions
        {
            DataDirectory = " ",
            WriteBehindDelay = TimeSpan.Zero,
            BodyMemoryBytesMax = -1,
            UnwrittenBytesMax = 0,
            FileBytesMax = 1,
        };

        options.Validate().Count.ShouldBe(5);
        var refusal = Should.Throw<ArgumentException>(
            () => LocalTaskStore.Sqlite(options, BalancerKey, _clock, NullLogger.Instance));
        foreach (var name in new[] { "DataDirectory", "WriteBehindDelay", "BodyMemory", "Unwritten", "FileBytes" })
            refusal.Message.ShouldContain(name);
        _folder.Options.Validate().ShouldBeEmpty();
        Should.Throw<ArgumentException>(() => LocalTaskStore.Sqlite(_folder.Options, "", _clock, NullLogger.Instance));
    }

    [Fact]
    public async Task Dispose_StoreThatWasNeverOpened_Ends()
    {
        var store = NewStore(_folder, _clock);
        Should.Throw<InvalidOperationException>(() => store.GetQueue(Mail));
        await store.DisposeAsync();
        Directory.GetFiles(_folder.Path).ShouldBeEmpty();
    }

    private async Task<string> RefusalAsync(LocalTaskStoreOptions? options = null)
    {
        await using var store = NewStore(_folder, _clock, options: options);
        var refusal = await Should.ThrowAsync<TaskStoreException>(
            async () => await store.OpenAsync(TestContext.Current.CancellationToken));
        return refusal.Message;
    }

    private async Task<QueuedTask[]> FillAsync(int count)
    {
        var tasks = Enumerable.Range(0, count).Select(i => NewTask(body: $"{i}" + new string('b', 900))).ToArray();
        await using var store = await OpenStoreAsync(_folder, _clock);
        await store.GetQueue(Mail).EnqueueAllAsync(tasks);
        return tasks;
    }

    /// <summary>Writes tasks one commit each; tells how long the log was when each was acknowledged.</summary>
    private async Task<(StoreFolder Copy, List<(TaskId Id, long LogLength)> Acknowledged)> FillLogAsync()
    {
        var acknowledged = new List<(TaskId, long)>();
        await using var store = await OpenStoreAsync(_folder, _clock);
        for (var i = 0; i < 60; i++)
        {
            var task = NewTask(body: new string('b', 50 * i));
            await store.GetQueue(Mail).EnqueueAllAsync(task);
            acknowledged.Add((task.Id, new FileInfo(_folder.Log).Length));
        }

        return (_folder.CopyFiles(), acknowledged);
    }
}
