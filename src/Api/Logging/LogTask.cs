using System.Runtime.InteropServices;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;

namespace ActorBalancer.Api.Logging;

/// <summary>The task that a log event is about.</summary>
/// <param name="TaskId">Its id; null when the event is about none.</param>
/// <param name="TraceId">Its trace; null when the event is about no task, or does not know it.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct LogTask(string? TaskId, string? TraceId)
{
    /// <summary>Finds the task among the parts of a message: the first that is a task counts.</summary>
    public static LogTask Of<TState>(TState state)
    {
        if (state is not IReadOnlyList<KeyValuePair<string, object?>> fields)
            return default;
        for (var index = 0; index < fields.Count; index++)
        {
            switch (fields[index].Value)
            {
                case TaskMark mark:
                    return new LogTask(mark.Id.ToString(), mark.TraceId);
                case TaskId id:
                    return new LogTask(id.ToString(), null);
            }
        }

        return default;
    }
}
