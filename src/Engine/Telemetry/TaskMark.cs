using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Telemetry;

/// <summary>A task as the log names it: by its id, and by the trace that it belongs to. In a line of text it is the id,
/// and the trace where that is another.</summary>
/// <param name="Id">The task.</param>
/// <param name="TraceParent">Its <c>traceparent</c>; null when its trace is its own.</param>
public readonly record struct TaskMark(TaskId Id, string? TraceParent)
{
    /// <summary>The trace, 32 hexadecimal digits.</summary>
    public string TraceId => Tracing.TraceIdOf(Id, TraceParent);

    /// <summary>How the log names a task.</summary>
    public static TaskMark Of(QueuedTask task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return new TaskMark(task.Id, task.TraceParent);
    }

    /// <inheritdoc/>
    public override string ToString() => TraceParent is null ? Id.ToString() : $"{Id} (trace {TraceId})";
}
