using SQLitePCL;

namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>A prepared statement. Parameters count from 1, columns from 0, as in SQLite.</summary>
internal sealed class SqliteStatement(SqliteDatabase database, sqlite3_stmt handle) : IDisposable
{
    /// <summary>Binds a number.</summary>
    public SqliteStatement Bind(int index, long value)
    {
        database.Check(raw.sqlite3_bind_int64(handle, index, value));
        return this;
    }

    /// <summary>Binds a text.</summary>
    public SqliteStatement Bind(int index, string value)
    {
        database.Check(raw.sqlite3_bind_text(handle, index, value));
        return this;
    }

    /// <summary>Binds bytes; none are an empty value, not NULL.</summary>
    public SqliteStatement Bind(int index, ReadOnlySpan<byte> value)
    {
        database.Check(value.IsEmpty
            ? raw.sqlite3_bind_zeroblob(handle, index, 0)
            : raw.sqlite3_bind_blob(handle, index, value));
        return this;
    }

    /// <summary>Binds NULL.</summary>
    public SqliteStatement BindNull(int index)
    {
        database.Check(raw.sqlite3_bind_null(handle, index));
        return this;
    }

    /// <summary>Binds a text; null as NULL.</summary>
    public SqliteStatement BindOrNull(int index, string? value) => value is null ? BindNull(index) : Bind(index, value);

    /// <summary>Binds bytes; null as NULL.</summary>
    public SqliteStatement BindOrNull(int index, byte[]? value) => value is null ? BindNull(index) : Bind(index, value);

    /// <summary>Goes to the next row; false, and the statement is ready again, after the last.</summary>
    public bool Step()
    {
        var code = raw.sqlite3_step(handle);
        if (code == raw.SQLITE_ROW)
            return true;
        if (code == raw.SQLITE_DONE)
        {
            raw.sqlite3_reset(handle);
            return false;
        }

        // The message must be read before the reset, which may change it.
        try
        {
            database.Check(code);
        }
        finally
        {
            raw.sqlite3_reset(handle);
        }

        return false;
    }

    /// <summary>Runs a statement that gives no rows.</summary>
    public void Run()
    {
        if (Step())
            raw.sqlite3_reset(handle);
    }

    /// <summary>Leaves the rows that were not read.</summary>
    public void Reset() => raw.sqlite3_reset(handle);

    /// <summary>A column as a number.</summary>
    public long Integer(int column) => raw.sqlite3_column_int64(handle, column);

    /// <summary>A column as text.</summary>
    public string Text(int column) => raw.sqlite3_column_text(handle, column).utf8_to_string();

    /// <summary>A column as text; null for NULL.</summary>
    public string? TextOrNull(int column) => IsNull(column) ? null : Text(column);

    /// <summary>A column as bytes of the caller's own; null for NULL.</summary>
    public byte[]? BytesOrNull(int column) => IsNull(column) ? null : Bytes(column).ToArray();

    /// <summary>How many columns a row has.</summary>
    public int ColumnCount => raw.sqlite3_column_count(handle);

    /// <summary>A column as it was stored: null, a number, a text or bytes.</summary>
    public object? Value(int column) => raw.sqlite3_column_type(handle, column) switch
    {
        raw.SQLITE_NULL => null,
        raw.SQLITE_INTEGER => Integer(column),
        raw.SQLITE_TEXT => Text(column),
        _ => Bytes(column).ToArray(),
    };

    /// <summary>Binds what <see cref="Value"/> gave.</summary>
    public SqliteStatement BindValue(int index, object? value) => value switch
    {
        null => BindNull(index),
        long number => Bind(index, number),
        string text => Bind(index, text),
        _ => Bind(index, (byte[])value),
    };

    /// <summary>A column as bytes, valid until the next step.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(handle, column);

    /// <summary>True when the column is NULL.</summary>
    public bool IsNull(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_NULL;

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();
}
