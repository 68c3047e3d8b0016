namespace ActorBalancer.Engine.Workers;

/// <summary>What a worker can be given, as this balancer sees it.</summary>
public enum WorkerStatus : byte
{
    /// <summary>Not heard of yet, or lost: health calls fail, or its session is down. Gets no task.</summary>
    Offline,

    /// <summary>Says so itself, or answered 503. Running tasks end; gets no new one.</summary>
    Maintenance,

    /// <summary>Takes tasks while it has a free slot.</summary>
    Ready,
}
