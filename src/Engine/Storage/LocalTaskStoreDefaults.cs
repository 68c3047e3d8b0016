namespace ActorBalancer.Engine.Storage;

/// <summary>Defaults and limits of <see cref="LocalTaskStoreOptions"/>.</summary>
public static class LocalTaskStoreDefaults
{
    /// <summary>Default of <see cref="LocalTaskStoreOptions.WriteBehindDelay"/>.</summary>
    public static readonly TimeSpan WriteBehindDelay = TimeSpan.FromMilliseconds(20);

    /// <summary>Shortest delay: the resolution of timers.</summary>
    public static readonly TimeSpan WriteBehindDelayMin = TimeSpan.FromMilliseconds(1);

    /// <summary>Longest delay: beyond it write-behind is no promise worth the name.</summary>
    public static readonly TimeSpan WriteBehindDelayMax = TimeSpan.FromSeconds(10);

    /// <summary>Default of <see cref="LocalTaskStoreOptions.BodyMemoryBytesMax"/>.</summary>
    public const long BodyMemoryBytesMax = 64L << 20;

    /// <summary>Default of <see cref="LocalTaskStoreOptions.UnwrittenBytesMax"/>.</summary>
    public const long UnwrittenBytesMax = 64L << 20;

    /// <summary>Smallest limit of the file: the empty tables take less than half of it.</summary>
    public const long FileBytesMin = 256L << 10;
}
