namespace ActorBalancer.Engine.Tasks;

/// <summary>The one state machine of tasks: every move that there is. docs/delivery.md draws it.</summary>
public static class TaskTransitions
{
    // One bit for each state that may follow; the index is the state that is left.
    private static readonly byte[] Next =
    [
        /* Scheduled */ Bits(TaskState.Queued, TaskState.Cancelled, TaskState.Expired, TaskState.Dead),
        /* Queued */ Bits(TaskState.Running, TaskState.Cancelled, TaskState.Expired, TaskState.Dead),
        /* Running */ Bits(
            TaskState.Succeeded, TaskState.Retrying, TaskState.Queued, TaskState.Dead, TaskState.Cancelled,
            TaskState.Expired),
        /* Retrying */ Bits(TaskState.Queued, TaskState.Cancelled, TaskState.Expired, TaskState.Dead),
        /* Succeeded */ Bits(),
        /* Dead */ Bits(TaskState.Queued),
        /* Cancelled */ Bits(TaskState.Queued),
        /* Expired */ Bits(),
    ];

    /// <summary>True when a task may go from <paramref name="from"/> to <paramref name="to"/>.</summary>
    public static bool Allows(TaskState from, TaskState to) => (Next[(int)from] & (1 << (int)to)) != 0;

    /// <summary>True for the states in which a task has ended.</summary>
    public static bool IsFinal(TaskState state) => state >= TaskState.Succeeded;

    private static byte Bits(params ReadOnlySpan<TaskState> states)
    {
        var bits = 0;
        foreach (var state in states)
            bits |= 1 << (int)state;
        return (byte)bits;
    }
}
