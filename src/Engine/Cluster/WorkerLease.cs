namespace ActorBalancer.Engine.Cluster;

/// <summary>This node's right to call a worker. Ends by itself, by the monotonic clock, before it ends in Redis: a
/// process that stood still finds it ended before any timer has told so. Thread-safe.</summary>
internal sealed class WorkerLease(TimeProvider time, long fence, long untilTimestamp)
{
    private long _until = untilTimestamp;

    /// <summary>Number of the ownership; a later owner has a greater one.</summary>
    public long Fence => fence;

    /// <summary>True while the worker may be called.</summary>
    public bool IsHeld => time.GetTimestamp() < Volatile.Read(ref _until);

    /// <summary>When it ends, in ticks of the clock's counter.</summary>
    public long UntilTimestamp => Volatile.Read(ref _until);

    /// <summary>It was renewed.</summary>
    public void Extend(long timestamp) => Volatile.Write(ref _until, timestamp);

    /// <summary>It is over.</summary>
    public void End() => Volatile.Write(ref _until, 0);
}
