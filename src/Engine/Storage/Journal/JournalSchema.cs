namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>Tables and settings of the journal's file. docs/operations.md tells operators of them.</summary>
internal static class JournalSchema
{
    /// <summary>Version of the tables, kept in <c>PRAGMA user_version</c>; a newer file is refused,
    /// an older one is brought up by <see cref="FromVersion1"/>.</summary>
    public const int Version = 2;

    /// <summary>"ABal" as a number, kept in <c>PRAGMA application_id</c>: tells our file from others.</summary>
    public const int ApplicationId = 0x4142_616C;

    /// <summary>Size of a page: SQLite's own default, and that of the memory's and most disks' pages.</summary>
    public const int PageBytes = 4096;

    /// <summary>The tables. The key is the place in the queue, so that new tasks are appended and the oldest are read
    /// first. What changes while a task lives stands in a table of its own, because SQLite writes a changed row anew
    /// with its whole body.</summary>
    public const string TaskTables =
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
            body BLOB NOT NULL,
            extras BLOB);
        CREATE TABLE progress (
            sequence INTEGER PRIMARY KEY,
            attempt INTEGER NOT NULL,
            due_ms INTEGER NOT NULL,
            history BLOB);
        CREATE TABLE facts (
            name TEXT PRIMARY KEY,
            value) WITHOUT ROWID;
        """;

    /// <summary>Brings the tables of version 1 up to those of <see cref="TaskTables"/>.</summary>
    public const string FromVersion1 =
        """
        ALTER TABLE tasks ADD COLUMN extras BLOB;
        ALTER TABLE progress ADD COLUMN history BLOB;
        """;

    /// <summary>Settings of the writing connection. FULL: a commit has reached the disk when it returns. Checkpoints
    /// are called for by the writer after its acknowledgements, never by SQLite inside a commit. The log is cut back
    /// to 16 MiB after a burst.</summary>
    public const string WriterSettings =
        """
        PRAGMA synchronous = FULL;
        PRAGMA wal_autocheckpoint = 0;
        PRAGMA journal_size_limit = 16777216;
        PRAGMA cache_size = -8192;
        """;

    /// <summary>All tasks in order of arrival, with their newest progress.</summary>
    public const string SelectTasks =
        """
        SELECT t.sequence, t.id, t.queue_group, t.contract, t.function, t.priority, t.created_ms,
            COALESCE(p.attempt, t.attempt), COALESCE(p.due_ms, t.due_ms), t.durability, t.checksum, t.worker_key,
            t.body, p.sequence, t.extras, p.history
        FROM tasks t LEFT JOIN progress p ON p.sequence = t.sequence ORDER BY t.sequence
        """;

    /// <summary>?1 sequence. Gives checksum, body, extras.</summary>
    public const string SelectBody = "SELECT checksum, body, extras FROM tasks WHERE sequence = ?1";

    /// <summary>?1 to ?14 are the columns in their order. Replaces, because a failed commit may have left the
    /// row.</summary>
    public const string InsertTask =
        "INSERT OR REPLACE INTO tasks VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";

    /// <summary>?1 sequence.</summary>
    public const string DeleteTask = "DELETE FROM tasks WHERE sequence = ?1";

    /// <summary>?1 sequence, ?2 attempts used, ?3 due time in Unix milliseconds, ?4 history.</summary>
    public const string SaveProgress = "INSERT OR REPLACE INTO progress VALUES (?1, ?2, ?3, ?4)";

    /// <summary>?1 sequence.</summary>
    public const string DeleteProgress = "DELETE FROM progress WHERE sequence = ?1";

    /// <summary>Rows of progress whose task is gone; none are expected, but they would never be found again.</summary>
    public const string DeleteStrayProgress =
        "DELETE FROM progress WHERE sequence NOT IN (SELECT sequence FROM tasks)";

    /// <summary>?1 name, ?2 value.</summary>
    public const string SaveFact = "INSERT OR REPLACE INTO facts VALUES (?1, ?2)";

    /// <summary>Fact: no sequence above it was ever given out.</summary>
    public const string FactSequence = "sequence_reserved";

    /// <summary>Fact: how many times the file was opened for writing; the high part of lease tokens.</summary>
    public const string FactEpoch = "epoch";

    /// <summary>Fact: salt of the key that encrypts worker keys, 32 bytes.</summary>
    public const string FactSalt = "worker_key_salt";
}
