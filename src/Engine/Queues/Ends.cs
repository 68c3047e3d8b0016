using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Queues;

/// <summary>Decides what is kept of an ended task, and for how long.</summary>
/// <remarks>
/// A task whose sender holds its id (async, webhook, an idempotency key, a retention of its own) is kept for its
/// retention. One that failed for good is kept as a dead letter, whoever sent it. A sync task that the worker refused
/// as faulty, that found no worker or that was called off is not: its sender was told.
/// </remarks>
internal static class Ends
{
    /// <summary>Status under which the archive remembers that the time ran out (RFC 9110, section 15.6.5).</summary>
    public const int TimedOutStatus = 504;

    /// <summary>True when a success of such a task is kept.</summary>
    public static bool KeepsSuccess(TaskOptions options) =>
        options.Mode is TaskMode.Async or TaskMode.Webhook
        || options.RetentionMilliseconds is not null
        || options.Idempotency is not null;

    /// <summary>How long an ended task is kept when it is kept at all, in milliseconds after its end.</summary>
    public static long RetentionOf(EngineOptions engine, TaskState state, TaskOptions options) =>
        state == TaskState.Dead
            ? (long)engine.DeadRetention.TotalMilliseconds
            : options.RetentionMilliseconds ?? (long)engine.ResultRetention.TotalMilliseconds;

    /// <summary>True for an ended task whose retention is over: when it is over, not when the next sweep comes.
    /// </summary>
    public static bool IsRetentionOver(TaskSnapshot task, long now) =>
        task.KeptUntilMilliseconds is var until and > 0 && until <= now; // 0 lives, or waits for its delivery

    /// <summary>The end of a task.</summary>
    /// <param name="engine">Settings.</param>
    /// <param name="task">The task.</param>
    /// <param name="state">Its final state.</param>
    /// <param name="outcome">What a waiting caller is told, or would be.</param>
    /// <param name="now">Now, in Unix milliseconds.</param>
    /// <param name="watch">Those who look at the task; null for nobody.</param>
    public static TaskEnd Of(
        EngineOptions engine, QueuedTask task, TaskState state, TaskOutcome outcome, long now, TaskWatch? watch) =>
        Of(engine, task.Options, state, outcome, now, watch?.Told);

    /// <summary>The same by the task's options.</summary>
    /// <param name="engine">Settings.</param>
    /// <param name="options">What the task's sender asked for.</param>
    /// <param name="state">Its final state.</param>
    /// <param name="outcome">What a waiting caller is told, or would be.</param>
    /// <param name="now">Now, in Unix milliseconds.</param>
    /// <param name="told">What the worker told; null when nobody looks at the task.</param>
    public static TaskEnd Of(
        EngineOptions engine,
        TaskOptions options,
        TaskState state,
        TaskOutcome outcome,
        long now,
        IReadOnlyList<TaskEvent>? told)
    {
        var keeps = KeepsSuccess(options) && !IsRefusalOfSync(options, outcome);

        // Whoever called it off relies on it: the memory that there was such a task makes its end durable.
        if (!keeps && state == TaskState.Cancelled)
        {
            return TaskEnd.Forgotten(state) with
            {
                AtMilliseconds = now,
                KeptUntilMilliseconds = now,
                Error = outcome.Error,
            };
        }

        if (!keeps && !IsDeadLetter(state, outcome))
        {
            return told is null
                ? TaskEnd.Forgotten(state)
                : TaskEnd.Forgotten(state) with { AtMilliseconds = now, Error = outcome.Error };
        }

        return new TaskEnd
        {
            State = state,
            AtMilliseconds = now,
            KeptUntilMilliseconds = now + RetentionOf(engine, state, options),
            Result = outcome.Reply?.Body.ToArray(),
            ResultContentType = outcome.Reply?.ContentType is { } type and not "application/json" ? type : null,
            WorkerStatus = outcome.Kind == TaskOutcomeKind.TimedOut ? TimedOutStatus : outcome.WorkerStatus,
            Error = state == TaskState.Succeeded
                ? null
                : outcome.Error ?? $"The worker refused the task with status {outcome.WorkerStatus}.",
            Events = told is null ? [] : [.. told],
            HasDelivery = options.Webhook is not null && state != TaskState.Cancelled,
        };
    }

    // Its sender was told to come again, and may do so with the same idempotency key.
    private static bool IsRefusalOfSync(TaskOptions options, TaskOutcome outcome) =>
        outcome.Kind == TaskOutcomeKind.NoWorker && options.Mode is (TaskMode.Sync or TaskMode.Stream);

    private static bool IsDeadLetter(TaskState state, TaskOutcome outcome) =>
        state == TaskState.Dead && outcome.Kind is TaskOutcomeKind.Failed or TaskOutcomeKind.TimedOut;
}
