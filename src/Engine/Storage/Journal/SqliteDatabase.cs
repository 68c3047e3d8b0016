using SQLitePCL;

namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>
/// One connection to a database file. Belongs to one thread. A thin layer over the native calls that binds without
/// boxing: when it was chosen, it inserted 290,000 rows a second in transactions of 100, and the ADO.NET provider
/// 125,000 on the same machine.
/// </summary>
internal sealed class SqliteDatabase : IDisposable
{
    /// <summary>Time that a call waits for a lock of another process, such as a shell on the file.</summary>
    private const int BusyMilliseconds = 2_000;

    /// <summary>SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE; the binding has no name for it.</summary>
    private const int NoCheckpointOnClose = 1006;

    /// <summary>SQLITE_DBSTATUS_CACHE_WRITE; the binding has no name for it.</summary>
    private const int PagesWrittenStatus = 9;

    private readonly sqlite3 _handle;
    private readonly List<SqliteStatement> _statements = [];
    private bool _isClosed;

    static SqliteDatabase() => Batteries_V2.Init();

    private SqliteDatabase(sqlite3 handle) => _handle = handle;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="readOnly">False also makes the file when it is missing.</param>
    /// <exception cref="SqliteFailure">It cannot be opened.</exception>
    public static SqliteDatabase Open(string path, bool readOnly)
    {
        var flags = raw.SQLITE_OPEN_NOMUTEX
            | (readOnly ? raw.SQLITE_OPEN_READONLY : raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE);
        var code = raw.sqlite3_open_v2(path, out var handle, flags, null);
        if (code != raw.SQLITE_OK)
        {
            var message = handle is null ? "out of memory" : raw.sqlite3_errmsg(handle).utf8_to_string();
            handle?.Dispose();
            throw new SqliteFailure(code, message);
        }

        raw.sqlite3_extended_result_codes(handle, 1);
        raw.sqlite3_busy_timeout(handle, BusyMilliseconds);
        return new SqliteDatabase(handle);
    }

    /// <summary>Pages that commits have written since the connection was opened.</summary>
    public int PagesWritten
    {
        get
        {
            raw.sqlite3_db_status(_handle, PagesWrittenStatus, out var current, out _, 0);
            return current;
        }
    }

    /// <summary>Rows that the last statement changed which changes rows.</summary>
    public int ChangedRows => raw.sqlite3_changes(_handle);

    /// <summary>Prepares a statement that lives as long as the connection.</summary>
    public SqliteStatement Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_handle, sql, out var statement));
        var prepared = new SqliteStatement(this, statement);
        _statements.Add(prepared);
        return prepared;
    }

    /// <summary>Runs one or more statements; rows are thrown away.</summary>
    public void Execute(string sql) => Check(raw.sqlite3_exec(_handle, sql));

    /// <summary>First column of the first row as text; null without a row or for NULL.</summary>
    public string? QueryText(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_handle, sql, out var statement));
        using (statement)
        {
            var code = raw.sqlite3_step(statement);
            if (code == raw.SQLITE_ROW)
                return raw.sqlite3_column_text(statement, 0).utf8_to_string();
            if (code != raw.SQLITE_DONE)
                Check(code);
            return null;
        }
    }

    /// <summary>First column of the first row as a number; 0 without a row or for NULL.</summary>
    public long QueryInteger(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_handle, sql, out var statement));
        using (statement)
        {
            var code = raw.sqlite3_step(statement);
            if (code == raw.SQLITE_ROW)
                return raw.sqlite3_column_int64(statement, 0);
            if (code != raw.SQLITE_DONE)
                Check(code);
            return 0;
        }
    }

    /// <summary>True while a transaction is open.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    /// <summary>Moves what the write-ahead log holds into the database file, as far as nobody is in the way: a reader,
    /// or somebody's shell that does the same.</summary>
    public void Checkpoint()
    {
        var code = raw.sqlite3_wal_checkpoint_v2(_handle, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out _, out _);
        if ((code & 0xFF) != raw.SQLITE_BUSY)
            Check(code);
    }

    /// <summary>Throws when <paramref name="code"/> is not success.</summary>
    public void Check(int code)
    {
        if (code != raw.SQLITE_OK)
            throw new SqliteFailure(code, raw.sqlite3_errmsg(_handle).utf8_to_string());
    }

    /// <summary>Closes; the last connection to the file also empties the write-ahead log.</summary>
    public void Dispose()
    {
        if (_isClosed)
            return;
        _isClosed = true;
        foreach (var statement in _statements)
            statement.Dispose();
        _handle.Dispose();
    }

    /// <summary>Closes a connection that is no longer trusted, touching no file.</summary>
    public void Abandon()
    {
        raw.sqlite3_db_config(_handle, NoCheckpointOnClose, 1, out _);
        Dispose();
    }
}
