using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage;

/// <summary>What <see cref="QueuedTask.RecordState"/> says of a task's record.</summary>
internal static class TaskRecord
{
    /// <summary>The task has ended: whoever still finds it in a heap or a list passes it by.</summary>
    public const int Ended = 1 << 3;

    /// <summary>True when the task is out of its queue for good.</summary>
    public static bool HasEnded(QueuedTask task) => (Volatile.Read(ref task.RecordState) & Ended) != 0;

    /// <summary>Marks the end of a task that no journal knows.</summary>
    public static void EndUnrecorded(QueuedTask task) => task.RecordState |= Ended;
}
