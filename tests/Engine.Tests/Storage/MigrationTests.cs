using System.Text;
using ActorBalancer.Engine.Storage.Journal;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage;

/// <summary>Files that an older program wrote.</summary>
public sealed class MigrationTests : IDisposable
{
    /// <summary>The tables of version 1 as that program made them; never changed.</summary>
    private const string Version1 =
        """
        CREATE TABLE tasks (
            sequence INTEGER PRIMARY KEY,
            id BLOB NOT NULL,
            queue_group TEXT NOT NULL,
            contract INTEGER NOT NULL,
            function TEXT NOT NULL,
            priority INTEGER NOT NULL,
            created_ms INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            due_ms INTEGER NOT NULL,
            durability INTEGER NOT NULL,
            checksum INTEGER NOT NULL,
            worker_key BLOB,
            body BLOB NOT NULL);
        CREATE TABLE progress (
            sequence INTEGER PRIMARY KEY,
            attempt INTEGER NOT NULL,
            due_ms INTEGER NOT NULL);
        CREATE TABLE facts (
            name TEXT PRIMARY KEY,
            value) WITHOUT ROWID;
        INSERT INTO facts VALUES ('sequence_reserved', 1048576), ('epoch', 3);
        PRAGMA journal_mode = WAL;
        PRAGMA application_id = 1094869356;
        PRAGMA user_version = 1;
        """;

    private readonly StoreFolder _folder = new();
    private readonly ManualTimeProvider _clock = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Open_FileOfVersion1_RunsItsTasks()
    {
        var due = _clock.GetUtcNow().ToUnixTimeMilliseconds() + 1000;
        QueuedTask[] tasks = [Make(5, "first"), Make(6, "second"), Make(9, "third")];
        _folder.Execute(Version1 + string.Concat(tasks.Select(InsertSql))
            + $"INSERT INTO progress VALUES (6, 1, {due}), (9, 2, 0);");

        var store = await OpenStoreAsync(_folder, _clock);
        var queue = store.GetQueue(Mail);

        (queue.PendingCount, queue.DelayedCount).ShouldBe((2, 1));
        var leased = await queue.LeaseSomeAsync(2);
        leased.Select(task => (task.Id, task.BodyText(), task.Attempt)).ShouldBe(
            [(tasks[0].Id, "first", 1), (tasks[2].Id, "third", 3)]);
        await queue.CompleteAsync(leased[0], leased[0].LeaseToken, Kept(TaskState.Dead)).AsTask()
            .Guarded("the end did not end");
        var late = NewTask(options: new TaskOptions { Tags = ["new"] });
        await queue.EnqueueAllAsync(late);
        late.Sequence.ShouldBeGreaterThan(1_048_576);
        await store.DisposeAsync();

        _folder.Query("PRAGMA user_version").ShouldBe(2);
        await using var again = await OpenStoreAsync(_folder, _clock);
        await again.GetQueue(Mail).PromoteDueAsync(due);
        (await again.GetQueue(Mail).LeaseSomeAsync(9)).Select(task => task.Id)
            .ShouldBe([tasks[1].Id, tasks[2].Id, late.Id]);
        (await again.Archive.FindAsync(tasks[0].Id, withBody: true)).Task.ShouldNotBeNull()
            .Body.ShouldBe("first"u8.ToArray());
    }

    [Fact]
    public async Task Open_FileOfVersion1_HasTheTablesOfANewOne()
    {
        _folder.Execute(Version1);
        await (await OpenStoreAsync(_folder, _clock)).DisposeAsync();
        using var fresh = new StoreFolder();
        await (await OpenStoreAsync(fresh, _clock)).DisposeAsync();

        Columns(_folder).ShouldBe(Columns(fresh));

        static string?[] Columns(StoreFolder folder)
        {
            using var database = SqliteDatabase.Open(folder.Database, readOnly: true);
            return
            [
                database.QueryText("SELECT group_concat(name) FROM (SELECT name FROM sqlite_master ORDER BY name)"),
                database.QueryText("SELECT group_concat(name || type) FROM pragma_table_info('tasks')"),
                database.QueryText("SELECT group_concat(name || type) FROM pragma_table_info('progress')"),
                database.QueryText("SELECT group_concat(name || type) FROM pragma_table_info('archive')"),
            ];
        }
    }

    private static TaskEnd Kept(TaskState state) =>
        new() { State = state, AtMilliseconds = 1, KeptUntilMilliseconds = long.MaxValue };

    private static QueuedTask Make(long sequence, string body)
    {
        var task = NewTask(body: body);
        task.Sequence = sequence;
        return task;
    }

    private static string InsertSql(QueuedTask task)
    {
        var id = Convert.ToHexString(task.Id.Value.ToByteArray());
        var body = Convert.ToHexString(task.Body!);
        return $"INSERT INTO tasks VALUES ({task.Sequence}, x'{id}', 'mail', 1, 'send', 1, "
            + $"{task.CreatedAtMilliseconds}, 0, 0, 1, {Checksum1(task)}, NULL, x'{body}');";
    }

    /// <summary>The checksum of version 1, computed bit by bit: CRC-32C without the final inversion.</summary>
    private static uint Checksum1(QueuedTask task)
    {
        byte[] bytes =
        [
            .. task.Id.Value.ToByteArray(),
            .. BitConverter.GetBytes(task.Sequence),
            .. BitConverter.GetBytes(task.CreatedAtMilliseconds),
            .. BitConverter.GetBytes(task.Queue.Contract),
            .. BitConverter.GetBytes(task.Priority),
            .. BitConverter.GetBytes((int)task.Durability),
            .. BitConverter.GetBytes(task.Body!.Length),
            .. Encoding.Unicode.GetBytes(task.Queue.Group),
            .. Encoding.Unicode.GetBytes(task.Function),
            .. task.Body,
        ];
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78 : 0);
        }

        return crc;
    }
}
