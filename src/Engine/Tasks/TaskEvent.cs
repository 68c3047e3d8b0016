namespace ActorBalancer.Engine.Tasks;

/// <summary>Kind of a task's event; the names are those of the event stream in small letters.</summary>
public enum TaskEventKind : byte
{
    /// <summary>The task was taken in, or somebody retried it by hand.</summary>
    Queued,

    /// <summary>An attempt began.</summary>
    Started,

    /// <summary>The worker sent a part of its output.</summary>
    Chunk,

    /// <summary>The worker told how far it is.</summary>
    Progress,

    /// <summary>An attempt failed and another will follow.</summary>
    Retrying,

    /// <summary>The task succeeded. The last event.</summary>
    Completed,

    /// <summary>The task ended in another way. The last event.</summary>
    Failed,
}

/// <summary>Something that happened to a task.</summary>
/// <param name="Id">Grows with every event of a task, over restarts too; 0 or more, below 2^53.</param>
/// <param name="Kind">What happened.</param>
/// <param name="AtMilliseconds">Unix milliseconds.</param>
/// <param name="Data">What it says, one JSON value in UTF-8; null for nothing.</param>
public sealed record TaskEvent(long Id, TaskEventKind Kind, long AtMilliseconds, byte[]? Data);
