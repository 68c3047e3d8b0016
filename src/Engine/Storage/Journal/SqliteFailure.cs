using SQLitePCL;

namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>SQLite refused a call.</summary>
internal sealed class SqliteFailure(int code, string message)
    : Exception($"{message} (SQLite result {code})")
{
    /// <summary>Extended result code.</summary>
    public int Code { get; } = code;

    /// <summary>The disk or the file's size limit is used up.</summary>
    public bool IsFull => (Code & 0xFF) == raw.SQLITE_FULL;

    /// <summary>The file is no database, or its pages contradict each other.</summary>
    public bool IsDamage => (Code & 0xFF) is raw.SQLITE_NOTADB or raw.SQLITE_CORRUPT;
}
