namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>Tables of the journal's file for what has ended and what is remembered of queues.</summary>
internal static class ArchiveSchema
{
    /// <summary>Columns of the archive: bound from ?1 in this order.</summary>
    public const int ColumnCount = 32;

    /// <summary>The tables. Ids are written so that bytes compare as the ids' ages do. Large columns stand last, so
    /// that a list need not read past them. <c>kept_until_ms</c> is 0 while a delivery is pending: such a task stays.
    /// </summary>
    public const string Tables =
        """
        CREATE TABLE archive (
            sequence INTEGER PRIMARY KEY,
            id BLOB NOT NULL UNIQUE,
            state INTEGER NOT NULL,
            queue_group TEXT NOT NULL,
            contract INTEGER NOT NULL,
            function TEXT NOT NULL,
            priority INTEGER NOT NULL,
            mode INTEGER NOT NULL,
            tags TEXT,
            created_ms INTEGER NOT NULL,
            due_ms INTEGER NOT NULL,
            started_ms INTEGER NOT NULL,
            finished_ms INTEGER NOT NULL,
            kept_until_ms INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            worker_status INTEGER NOT NULL,
            error TEXT,
            content_type TEXT,
            delivery_state INTEGER,
            delivery_tries INTEGER,
            delivery_due_ms INTEGER,
            delivery_status INTEGER,
            delivery_error TEXT,
            idem_key BLOB,
            history BLOB,
            worker_key BLOB,
            extras BLOB,
            checksum INTEGER NOT NULL,
            body_checksum INTEGER NOT NULL,
            events BLOB,
            result BLOB,
            body BLOB);
        CREATE INDEX archive_kept ON archive (kept_until_ms) WHERE kept_until_ms > 0;
        CREATE INDEX archive_state ON archive (state, id);
        CREATE INDEX archive_queue ON archive (queue_group, contract, state, id);
        CREATE INDEX archive_key ON archive (idem_key) WHERE idem_key IS NOT NULL;
        CREATE INDEX archive_delivery ON archive (delivery_state, delivery_due_ms, id, delivery_tries)
            WHERE delivery_state = 0;
        CREATE TABLE gone (
            id BLOB PRIMARY KEY,
            until_ms INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX gone_until ON gone (until_ms);
        CREATE TABLE functions (
            queue_group TEXT NOT NULL,
            contract INTEGER NOT NULL,
            function TEXT NOT NULL,
            PRIMARY KEY (queue_group, contract, function)) WITHOUT ROWID;
        CREATE TABLE pauses (
            queue_group TEXT NOT NULL,
            contract INTEGER NOT NULL,
            until_ms INTEGER NOT NULL,
            PRIMARY KEY (queue_group, contract)) WITHOUT ROWID;
        """;

    /// <summary>Puts a row into the archive, in place of one with the same sequence or id.</summary>
    public static readonly string Insert =
        $"INSERT OR REPLACE INTO archive VALUES ({Parameters})";

    /// <summary>Puts a row back that may still be there.</summary>
    public static readonly string PutBack = $"INSERT OR IGNORE INTO archive VALUES ({Parameters})";

    /// <summary>?1 id. Gives all columns.</summary>
    public const string SelectRow = "SELECT * FROM archive WHERE id = ?1";

    /// <summary>?1 id.</summary>
    public const string Delete = "DELETE FROM archive WHERE id = ?1";

    /// <summary>?1 id, ?2 Unix milliseconds until which the memory lasts.</summary>
    public const string Remember = "INSERT OR REPLACE INTO gone VALUES (?1, ?2)";

    /// <summary>?1 now in Unix milliseconds, ?2 rows at most. Gives ids.</summary>
    public const string SelectOver =
        "SELECT id FROM archive WHERE kept_until_ms > 0 AND kept_until_ms <= ?1 ORDER BY kept_until_ms LIMIT ?2";

    /// <summary>?1 now in Unix milliseconds, ?2 rows at most.</summary>
    public const string ForgetOld =
        "DELETE FROM gone WHERE id IN (SELECT id FROM gone WHERE until_ms <= ?1 ORDER BY until_ms LIMIT ?2)";

    /// <summary>?1 rows: forgets those whose memory would end first.</summary>
    public const string ForgetFirst =
        "DELETE FROM gone WHERE id IN (SELECT id FROM gone ORDER BY until_ms LIMIT ?1)";

    /// <summary>Gives the number of deleted tasks that are remembered.</summary>
    public const string CountGone = "SELECT count(*) FROM gone";

    /// <summary>?1 id, then state, tries, due time, status and error of the delivery, ?7 kept until.</summary>
    public const string SaveDelivery =
        """
        UPDATE archive SET delivery_state = ?2, delivery_tries = ?3, delivery_due_ms = ?4, delivery_status = ?5,
            delivery_error = ?6, kept_until_ms = ?7 WHERE id = ?1
        """;

    /// <summary>?1 group, ?2 contract, ?3 function.</summary>
    public const string SaveFunction = "INSERT OR IGNORE INTO functions VALUES (?1, ?2, ?3)";

    /// <summary>?1 group, ?2 contract, ?3 end in Unix milliseconds.</summary>
    public const string SavePause = "INSERT OR REPLACE INTO pauses VALUES (?1, ?2, ?3)";

    /// <summary>?1 group, ?2 contract.</summary>
    public const string DeletePause = "DELETE FROM pauses WHERE queue_group = ?1 AND contract = ?2";

    /// <summary>?1 URL. A fact each: there are few, and files of earlier programs have that table.</summary>
    public const string SaveDrain = "INSERT OR REPLACE INTO facts VALUES ('drain ' || ?1, 1)";

    /// <summary>?1 URL.</summary>
    public const string DeleteDrain = "DELETE FROM facts WHERE name = 'drain ' || ?1";

    /// <summary>Gives URLs.</summary>
    public const string SelectDrains = "SELECT substr(name, 7) FROM facts WHERE name GLOB 'drain *'";

    /// <summary>Gives group, contract, function.</summary>
    public const string SelectFunctions = "SELECT queue_group, contract, function FROM functions";

    /// <summary>Gives group, contract, end.</summary>
    public const string SelectPauses = "SELECT queue_group, contract, until_ms FROM pauses";

    /// <summary>Gives id, tries, due time of the deliveries that are pending, from their index alone.</summary>
    public const string SelectDeliveries =
        "SELECT id, delivery_tries, delivery_due_ms FROM archive WHERE delivery_state = 0 ORDER BY delivery_due_ms";

    /// <summary>The columns of which a snapshot is made: those of the table from the id to the history, and the extras.
    /// </summary>
    public const string SnapshotColumns =
        """
        id, state, queue_group, contract, function, priority, mode, tags, created_ms, due_ms, started_ms, finished_ms,
            kept_until_ms, attempt, worker_status, error, content_type, delivery_state, delivery_tries, delivery_due_ms,
            delivery_status, delivery_error, history, extras
        """;

    /// <summary>Gives <see cref="SnapshotColumns"/> and then all else; ?1 id, ?2 is 0 to leave the body out.</summary>
    public const string SelectOne =
        $"""
        SELECT {SnapshotColumns}, checksum, body_checksum, worker_key, events, result,
            CASE WHEN ?2 THEN body END
        FROM archive WHERE id = ?1
        """;

    /// <summary>?1 idempotency key. Gives the newest id that was made under it.</summary>
    public const string SelectKey = "SELECT id FROM archive WHERE idem_key = ?1 ORDER BY id DESC LIMIT 1";

    /// <summary>?1 id.</summary>
    public const string SelectGone = "SELECT count(*) FROM gone WHERE id = ?1";

    /// <summary>Gives group, contract, state and count, from an index alone.</summary>
    public const string Count =
        "SELECT queue_group, contract, state, count(*) FROM archive GROUP BY queue_group, contract, state";

    private static string Parameters => string.Join(", ", Enumerable.Range(1, ColumnCount).Select(i => $"?{i}"));
}
