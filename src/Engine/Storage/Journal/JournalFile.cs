namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>Opens the journal's file: checks that it is ours and whole, makes the tables of a new one and
/// brings up those of an older version.</summary>
/// <param name="options">Where the file is and how large it may grow.</param>
internal sealed class JournalFile(LocalTaskStoreOptions options)
{
    /// <summary>Size of a file up to which every page is checked at the opening: 0.1 s from a warm cache here,
    /// where 628 MB with a million ended tasks took 1.1 s.</summary>
    private const long WholeCheckBytesMax = 64L << 20;

    /// <summary>The database.</summary>
    public string Path { get; } = System.IO.Path.Combine(options.DataDirectory, "actorbalancer.db");

    /// <summary>Its write-ahead log.</summary>
    public string LogPath => Path + "-wal";

    /// <summary>Opens the file for the first time in this process, with every check.</summary>
    /// <exception cref="TaskStoreException">It is damaged, not ours, or newer than this program.</exception>
    public SqliteDatabase OpenChecked()
    {
        SqliteDatabase? database = null;
        try
        {
            database = SqliteDatabase.Open(Path, readOnly: false);
            var version = CheckOwner(database);
            CheckPages(database, version);
            Configure(database);
            if (version < JournalSchema.Version)
                MakeTables(database, version);
            database.Execute(JournalSchema.DeleteStrayProgress);
            return database;
        }
        catch (SqliteFailure failure)
        {
            database?.Abandon();
            throw Refusal(failure);
        }
        catch
        {
            database?.Abandon();
            throw;
        }
    }

    /// <summary>Opens the file again after a failure.</summary>
    /// <exception cref="SqliteFailure">It still fails.</exception>
    public SqliteDatabase Reopen()
    {
        var database = SqliteDatabase.Open(Path, readOnly: false);
        try
        {
            // A checkpoint lets the log start over in the room that it has: on a full disk that is the only room.
            Configure(database);
            database.Checkpoint();
            return database;
        }
        catch
        {
            database.Abandon();
            throw;
        }
    }

    /// <summary>A second connection that only reads.</summary>
    /// <exception cref="SqliteFailure">It cannot be opened.</exception>
    public SqliteDatabase OpenReader() => SqliteDatabase.Open(Path, readOnly: true);

    private TaskStoreException Refusal(SqliteFailure failure) => failure.IsDamage
        ? new TaskStoreException(
            $"The journal '{Path}' is damaged or no database: {failure.Message}. Restore a copy of it, or move it away "
            + "with its -wal and -shm files to start empty.", failure)
        : new TaskStoreException($"The journal '{Path}' cannot be opened: {failure.Message}.", failure);

    private long CheckOwner(SqliteDatabase database)
    {
        var version = database.QueryInteger("PRAGMA user_version");
        var application = database.QueryInteger("PRAGMA application_id");
        if (version == 0 && application == 0 && database.QueryInteger("SELECT count(*) FROM sqlite_master") == 0)
            return 0;
        if (application != JournalSchema.ApplicationId)
        {
            throw new TaskStoreException(
                $"'{Path}' is a database of another program (application id {application}); choose another data "
                + "directory.");
        }

        if (version is < 1 or > JournalSchema.Version)
        {
            throw new TaskStoreException(
                $"The journal '{Path}' has version {version}, and this program reads versions 1 to "
                + $"{JournalSchema.Version}; start the program that wrote it.");
        }

        return version;
    }

    // The check reads every page. Beyond the limit only the tables are checked on which the queues rest: what the
    // archive holds is guarded by checksums of its own, and its size must not decide how long a start takes.
    private void CheckPages(SqliteDatabase database, long version)
    {
        if (version == 0)
            return;
        var isSmall = database.QueryInteger("PRAGMA page_count") <= WholeCheckBytesMax / JournalSchema.PageBytes;
        var checks = isSmall
            ? new[] { "PRAGMA quick_check(1)" }
            : ["PRAGMA quick_check(tasks)", "PRAGMA quick_check(progress)", "PRAGMA quick_check(facts)"];
        foreach (var check in checks)
        {
            var finding = database.QueryText(check);
            if (finding is not "ok")
            {
                throw new TaskStoreException(
                    $"The journal '{Path}' is damaged: {finding}. Restore a copy of it, or move it away with its -wal "
                    + "and -shm files to start empty.");
            }
        }
    }

    private void Configure(SqliteDatabase database)
    {
        var mode = database.QueryText("PRAGMA journal_mode = WAL");
        if (mode != "wal")
        {
            throw new TaskStoreException(
                $"The journal '{Path}' cannot use a write-ahead log (journal mode stays '{mode}'); its file system "
                + "must allow shared memory, as local disks do.");
        }

        database.Execute(JournalSchema.WriterSettings);
        if (options.FileBytesMax is { } bytes)
            database.Execute($"PRAGMA max_page_count = {bytes / JournalSchema.PageBytes}");
    }

    private static void MakeTables(SqliteDatabase database, long version)
    {
        database.Execute("BEGIN IMMEDIATE");
        database.Execute(version == 0 ? JournalSchema.TaskTables : JournalSchema.FromVersion1);
        database.Execute(ArchiveSchema.Tables);
        database.Execute($"PRAGMA application_id = {JournalSchema.ApplicationId}");
        database.Execute($"PRAGMA user_version = {JournalSchema.Version}");
        database.Execute("COMMIT");
    }
}
