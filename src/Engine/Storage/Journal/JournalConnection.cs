using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>
/// The one connection that writes the journal, with its prepared statements. Belongs to the writer's thread. SQLite
/// 3.35.5 can damage a file when two connections write or checkpoint at once (fixed in 3.51.3): nothing else in the
/// process may do either.
/// </summary>
internal sealed class JournalConnection : IDisposable
{
    /// <summary>Pages of the log after which it is moved into the file: 4 MB, SQLite's own default. Much more would
    /// be faster by little, and could fill a small disk with a log that then finds no room to be moved to.</summary>
    private const int CheckpointPages = 1000;

    private readonly SqliteDatabase _database;
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _commit;
    private readonly SqliteStatement _insertTask;
    private readonly SqliteStatement _deleteTask;
    private readonly SqliteStatement _saveProgress;
    private readonly SqliteStatement _deleteProgress;
    private readonly SqliteStatement _saveFact;
    private int _pagesCheckpointed;

    /// <summary>Takes over a database whose tables are in place.</summary>
    public JournalConnection(SqliteDatabase database)
    {
        _database = database;
        Archive = new ArchiveWriter(database);
        _begin = database.Prepare("BEGIN IMMEDIATE");
        _commit = database.Prepare("COMMIT");
        _insertTask = database.Prepare(JournalSchema.InsertTask);
        _deleteTask = database.Prepare(JournalSchema.DeleteTask);
        _saveProgress = database.Prepare(JournalSchema.SaveProgress);
        _deleteProgress = database.Prepare(JournalSchema.DeleteProgress);
        _saveFact = database.Prepare(JournalSchema.SaveFact);
    }

    /// <summary>The archive's statements.</summary>
    public ArchiveWriter Archive { get; }

    /// <summary>Opens a transaction.</summary>
    public void Begin() => _begin.Run();

    /// <summary>Ends the transaction; what it wrote is on disk when this returns.</summary>
    public void Commit() => _commit.Run();

    /// <summary>Writes a task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="body">Its body.</param>
    /// <param name="sealedKey">Its worker key, encrypted; null for none.</param>
    /// <param name="extras">Its extras; null for none.</param>
    public void Insert(QueuedTask task, byte[] body, byte[]? sealedKey, byte[]? extras)
    {
        Span<byte> id = stackalloc byte[16];
        task.Id.Value.TryWriteBytes(id);
        _insertTask
            .Bind(1, task.Sequence)
            .Bind(2, id)
            .Bind(3, task.Queue.Group)
            .Bind(4, task.Queue.Contract)
            .Bind(5, task.Function)
            .Bind(6, task.Priority)
            .Bind(7, task.CreatedAtMilliseconds)
            .Bind(8, task.Attempt)
            .Bind(9, task.DueAtMilliseconds)
            .Bind(10, (long)task.Durability)
            .Bind(11, RecordChecksum.Of(task, body, extras))
            .BindOrNull(12, sealedKey)
            .Bind(13, body)
            .BindOrNull(14, extras)
            .Run();
    }

    /// <summary>Deletes the record of a task.</summary>
    public void Delete(DeletedRecord record)
    {
        _deleteTask.Bind(1, record.Sequence).Run();
        if (record.HasProgress)
            _deleteProgress.Bind(1, record.Sequence).Run();
    }

    /// <summary>Writes a task's attempts and due time.</summary>
    public void SaveProgress(QueuedTask task) => _saveProgress
        .Bind(1, task.Sequence)
        .Bind(2, task.Attempt)
        .Bind(3, task.DueAtMilliseconds)
        .BindOrNull(4, JournalJson.WriteHistory(task.History))
        .Run();

    /// <summary>Writes a number among the facts.</summary>
    public void SaveFact(string name, long value) => _saveFact.Bind(1, name).Bind(2, value).Run();

    /// <summary>Writes bytes among the facts.</summary>
    public void SaveFact(string name, ReadOnlySpan<byte> value) => _saveFact.Bind(1, name).Bind(2, value).Run();

    /// <summary>Moves the log into the file when it has grown long; called between commits.</summary>
    public void CheckpointIfLong()
    {
        var written = _database.PagesWritten;
        if (written - _pagesCheckpointed < CheckpointPages)
            return;
        _pagesCheckpointed = written;
        _database.Checkpoint();
    }

    /// <summary>Closes without touching a file: after a failure nothing that the connection holds is trusted.</summary>
    public void Abandon() => _database.Abandon();

    /// <inheritdoc/>
    public void Dispose() => _database.Dispose();
}
