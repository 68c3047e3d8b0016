namespace ActorBalancer.Engine.Tasks;

/// <summary>A task as intake receives it: the routing members, and the body that the worker will get
/// untouched.</summary>
public sealed class TaskRequest
{
    /// <summary>The queue that the task belongs to.</summary>
    public required QueueKey Queue { get; init; }

    /// <summary>Name of the function that the worker shall run.</summary>
    public required string Function { get; init; }

    /// <summary>1 is the highest.</summary>
    /// <value>1 to <see cref="TaskLimits.PriorityMax"/>; default 1.</value>
    public int Priority { get; init; } = 1;

    /// <summary>The client's JSON, byte for byte. The engine keeps the array; the caller must not change it.</summary>
    public required byte[] Body { get; init; }

    /// <summary>Value of the <c>authorization</c> header for the worker, as the client sent it; null for
    /// none.</summary>
    public string? WorkerKey { get; init; }

    /// <summary>What the sender asks for beyond that. <see cref="TaskOptions.Idempotency"/> makes repeated requests one
    /// task.</summary>
    public TaskOptions Options { get; init; } = TaskOptions.Default;

    /// <summary>Milliseconds to wait before the task may start, 0 or more; not together with
    /// <see cref="RunAtMilliseconds"/>.</summary>
    public long DelayMilliseconds { get; init; }

    /// <summary>When the task may start, in Unix milliseconds; 0 for at once.</summary>
    public long RunAtMilliseconds { get; init; }

    /// <summary>Value of <c>traceparent</c>, well formed; null for none.</summary>
    public string? TraceParent { get; init; }
}
