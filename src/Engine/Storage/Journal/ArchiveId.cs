using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>Ids as the archive writes them: most significant byte first, so that SQLite's comparison of bytes is that
/// of <see cref="TaskId.Age"/>.</summary>
internal static class ArchiveId
{
    /// <summary>Bytes of an id.</summary>
    public const int Bytes = 16;

    /// <summary>Binds an id.</summary>
    public static SqliteStatement Bind(this SqliteStatement statement, int index, TaskId id)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        id.Value.TryWriteBytes(bytes, bigEndian: true, out _);
        return statement.Bind(index, bytes);
    }

    /// <summary>Reads an id.</summary>
    public static TaskId Read(ReadOnlySpan<byte> bytes) => new(new Guid(bytes, bigEndian: true));

    /// <summary>Reads a column.</summary>
    public static TaskId Id(this SqliteStatement row, int column) => Read(row.Bytes(column));
}
