using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Journal;

namespace ActorBalancer.Engine.Tests.Storage;

/// <summary>A temporary data directory on a real disk, deleted at the end.</summary>
internal sealed class StoreFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("store-").FullName;

    public string Database => System.IO.Path.Combine(Path, "actorbalancer.db");

    public string Log => Database + "-wal";

    public LocalTaskStoreOptions Options => new() { DataDirectory = Path };

    /// <summary>What a crash would leave now: the files as the running process has written them.</summary>
    public StoreFolder CopyFiles()
    {
        var copy = new StoreFolder();
        File.Copy(Database, copy.Database);
        if (File.Exists(Log))
            File.Copy(Log, copy.Log);
        return copy;
    }

    /// <summary>Rows of the table of tasks, as committed.</summary>
    public long CountRecords() => Query("SELECT count(*) FROM tasks");

    /// <summary>A number from the file of a store that may be in use.</summary>
    public long Query(string sql)
    {
        using var database = SqliteDatabase.Open(Database, readOnly: true);
        return database.QueryInteger(sql);
    }

    /// <summary>Changes the file of a store that is closed.</summary>
    public void Execute(string sql)
    {
        using var database = SqliteDatabase.Open(Database, readOnly: false);
        database.Execute(sql);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
