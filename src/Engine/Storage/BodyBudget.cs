namespace ActorBalancer.Engine.Storage;

/// <summary>Counts the bytes of bodies that a store keeps in memory against what it may keep. Thread-safe.</summary>
/// <param name="bytesMax">Bytes beyond which the bodies of written tasks are dropped.</param>
internal sealed class BodyBudget(long bytesMax)
{
    private long _bytes;

    /// <summary>Bytes in memory now.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>True when more is kept than should be.</summary>
    public bool IsOver => Bytes > bytesMax;

    /// <summary>True when <paramref name="bytes"/> more may be kept.</summary>
    public bool HasRoomFor(int bytes) => Bytes + bytes <= bytesMax;

    /// <summary>A body came into memory.</summary>
    public void Add(int bytes) => Interlocked.Add(ref _bytes, bytes);

    /// <summary>A body left it.</summary>
    public void Remove(int bytes) => Interlocked.Add(ref _bytes, -bytes);
}
