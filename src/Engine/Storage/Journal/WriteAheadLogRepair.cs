namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>
/// Makes a write-ahead log trustworthy after a failed write or sync.
/// </summary>
/// <remarks>
/// When a sync fails, Linux marks the pages clean that it could not write: they read back well from memory, a later
/// sync says all is fine, and a power cut shows the hole. SQLite would read such frames as committed and append to
/// them. Writing the same bytes over themselves makes every page dirty again, so that the sync that follows means what
/// it says. Bytes do not change, so a crash in the middle leaves nothing worse than before.
/// </remarks>
internal static class WriteAheadLogRepair
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>Rewrites and syncs the file; does nothing when it is missing.</summary>
    /// <exception cref="IOException">The disk still fails.</exception>
    public static void Rewrite(string path)
    {
        if (!File.Exists(path))
            return;

        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var chunk = new byte[ChunkBytes];
        var offset = 0L;
        while (true)
        {
            var count = RandomAccess.Read(file, chunk, offset);
            if (count == 0)
                break;
            RandomAccess.Write(file, chunk.AsSpan(0, count), offset);
            offset += count;
        }

        RandomAccess.FlushToDisk(file);
    }
}
