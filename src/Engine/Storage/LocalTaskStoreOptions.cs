namespace ActorBalancer.Engine.Storage;

/// <summary>Settings of the store that keeps a journal on disk.</summary>
public sealed record LocalTaskStoreOptions
{
    /// <summary>Directory of the files <c>actorbalancer.db</c> (with <c>-wal</c> and <c>-shm</c> beside it) and
    /// <c>actorbalancer.lock</c>. Made when missing. One process at a time may use it.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Age at which a task that nobody waits for a commit of is written, and the longest that the end of a
    /// written task stays unwritten. A task that ended before this age never touches the disk.</summary>
    /// <value>1 ms to 10 s; default 20 ms: longer than most calls of a fast worker, and short enough that a crash
    /// forgets little.</value>
    public TimeSpan WriteBehindDelay { get; init; } = LocalTaskStoreDefaults.WriteBehindDelay;

    /// <summary>Bytes of bodies to keep in memory over all queues. Beyond it the bodies of written tasks are dropped
    /// and read back when they are leased. Tasks that run, or are not yet written, keep theirs.</summary>
    /// <value>Bytes, 0 or more; default 64 MiB.</value>
    public long BodyMemoryBytesMax { get; init; } = LocalTaskStoreDefaults.BodyMemoryBytesMax;

    /// <summary>Bytes of tasks that may wait to be written behind. Beyond it their submitters wait for the disk, or
    /// are refused while it fails.</summary>
    /// <value>Bytes, 1 or more; default 64 MiB, which is more than 100,000 small tasks.</value>
    public long UnwrittenBytesMax { get; init; } = LocalTaskStoreDefaults.UnwrittenBytesMax;

    /// <summary>Largest size of the database file; a task that does not fit is refused like on a full disk.</summary>
    /// <value>Bytes, 256 KiB or more; null (the default) for no limit but the disk's.</value>
    public long? FileBytesMax { get; init; }

    /// <summary>Everything that is wrong with the settings, one sentence each; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var errors = new List<string>();
        if (string.IsNullOrWhiteSpace(DataDirectory))
            errors.Add("DataDirectory is empty but must name a directory.");
        if (WriteBehindDelay < LocalTaskStoreDefaults.WriteBehindDelayMin
            || WriteBehindDelay > LocalTaskStoreDefaults.WriteBehindDelayMax)
        {
            errors.Add($"WriteBehindDelay is {WriteBehindDelay.TotalMilliseconds} ms but must be 1 ms to 10,000 ms.");
        }

        if (BodyMemoryBytesMax < 0)
            errors.Add($"BodyMemoryBytesMax is {BodyMemoryBytesMax} bytes but must be 0 or more.");
        if (UnwrittenBytesMax < 1)
            errors.Add($"UnwrittenBytesMax is {UnwrittenBytesMax} bytes but must be 1 or more.");
        if (FileBytesMax < LocalTaskStoreDefaults.FileBytesMin)
        {
            errors.Add(
                $"FileBytesMax is {FileBytesMax} bytes but must be {LocalTaskStoreDefaults.FileBytesMin} or more.");
        }

        return errors;
    }
}
