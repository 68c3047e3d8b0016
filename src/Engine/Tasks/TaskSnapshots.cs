namespace ActorBalancer.Engine.Tasks;

/// <summary>Pictures of living tasks. Exact on the turn of the queue that owns the task; from any other thread its
/// members may be of two moments, which lists can bear.</summary>
internal static class TaskSnapshots
{
    /// <summary>The task as it stands.</summary>
    public static TaskSnapshot Of(QueuedTask task)
    {
        var attempts = AttemptsOf(task);
        return new TaskSnapshot
        {
            Id = task.Id,
            State = StateOf(task),
            Queue = task.Queue,
            Function = task.Function,
            Priority = task.Priority,
            Mode = task.Options.Mode,
            Tags = task.Options.Tags,
            OrderingKey = task.Options.OrderingKey,
            TraceParent = task.TraceParent,
            CreatedAtMilliseconds = task.CreatedAtMilliseconds,
            DueAtMilliseconds = task.ShownDueMilliseconds,
            StartedAtMilliseconds = FirstStart(attempts),
            Attempts = attempts,
        };
    }

    /// <summary>The task as it will be kept.</summary>
    public static TaskSnapshot Of(QueuedTask task, TaskEnd end) => Of(task) with
    {
        State = end.State,
        FinishedAtMilliseconds = end.AtMilliseconds,
        KeptUntilMilliseconds = end.HasDelivery ? 0 : end.KeptUntilMilliseconds ?? end.AtMilliseconds,
        Result = end.Result,
        ResultContentType = end.ResultContentType,
        WorkerStatus = end.WorkerStatus,
        Error = end.Error,
        Delivery = end.HasDelivery ? WebhookDelivery.First : null,
    };

    /// <summary>The state as it is shown: a task whose end is not yet on disk still runs, for all that anyone may rely
    /// on.</summary>
    public static TaskState StateOf(QueuedTask task) =>
        TaskTransitions.IsFinal(task.State) ? TaskState.Running : task.State;

    /// <summary>True when a living task passes the filter.</summary>
    public static bool Passes(QueuedTask task, TaskFilter filter) =>
        filter.Passes(StateOf(task), task.Queue, task.Function, task.Options.Tags, null);

    private static AttemptRecord[] AttemptsOf(QueuedTask task)
    {
        var ended = task.History ?? [];
        return task.State == TaskState.Running && task.Attachment is TaskRun { Target: { } target } run
            ? [.. ended, new AttemptRecord(task.Attempt, target.Id, run.StartedAtMilliseconds, 0, null)]
            : ended;
    }

    /// <summary>When the first attempt began, in Unix milliseconds; 0 before it.</summary>
    public static long FirstStart(AttemptRecord[] attempts)
    {
        foreach (var attempt in attempts)
        {
            if (attempt.StartedAtMilliseconds > 0)
                return attempt.StartedAtMilliseconds;
        }

        return 0;
    }
}
