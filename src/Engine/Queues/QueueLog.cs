using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;
using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine.Queues;

/// <summary>What is logged of queues; never a task's input or result. Ids 200 to 299.</summary>
internal static partial class QueueLog
{
    [LoggerMessage(200, LogLevel.Information, "{Count} tasks of {Queue} are back from an earlier run")]
    public static partial void Recovered(ILogger logger, int count, QueueKey queue);

    [LoggerMessage(201, LogLevel.Warning,
        "Task {Task} attempt {Attempt} of {Attempts} failed on {Url}, function {Function} of {Queue}: {Error}")]
    public static partial void AttemptFailed(
        ILogger logger, TaskMark task, int attempt, int attempts, string url, string function, QueueKey queue,
        string error);

    [LoggerMessage(202, LogLevel.Error,
        "Task {Task}, function {Function} of {Queue}, ended with nobody waiting: {Kind} after {Attempts} attempts")]
    public static partial void EndedUnheard(
        ILogger logger, TaskMark task, string function, QueueKey queue, TaskOutcomeKind kind, int attempts);

    [LoggerMessage(208, LogLevel.Information,
        "Task {Task}, function {Function} of {Queue}, failed for good: {Kind} after {Attempts} attempts")]
    public static partial void Failed(
        ILogger logger, TaskMark task, string function, QueueKey queue, TaskOutcomeKind kind, int attempts);

    [LoggerMessage(209, LogLevel.Debug,
        "Task {Task}, function {Function} of {Queue}, ended: {Kind} after {Attempts} attempts")]
    public static partial void Ended(
        ILogger logger, TaskMark task, string function, QueueKey queue, TaskOutcomeKind kind, int attempts);

    /// <summary>Logs the end of a task. A failure that is kept is to be looked into; one that only its waiting sender
    /// was told of is that sender's affair.</summary>
    public static void End(
        ILogger logger, TaskMark task, string function, QueueKey queue, TaskEnd end, TaskOutcomeKind kind, int attempts,
        bool hasCaller)
    {
        if (end.KeptUntilMilliseconds is null && !hasCaller && kind != TaskOutcomeKind.Succeeded)
            EndedUnheard(logger, task, function, queue, kind, attempts);
        else if (end.KeptUntilMilliseconds is not null && end.State is (TaskState.Dead or TaskState.Expired))
            Failed(logger, task, function, queue, kind, attempts);
        else
            Ended(logger, task, function, queue, kind, attempts);
    }

    [LoggerMessage(203, LogLevel.Error, "Queue {Queue} is not made: there are {Max} queues already")]
    public static partial void TooMany(ILogger logger, QueueKey queue, int max);

    [LoggerMessage(205, LogLevel.Error, "Task {Task} of {Queue} is refused: {Error}")]
    public static partial void StoreRefused(ILogger logger, TaskMark task, QueueKey queue, string error);

    [LoggerMessage(204, LogLevel.Error, "Queue {Queue}: tasks could not be read back from disk")]
    public static partial void LeaseFailed(ILogger logger, Exception exception, QueueKey queue);

    [LoggerMessage(206, LogLevel.Error, "{Count} tasks of {Queue} are refused: {Error}")]
    public static partial void StoreRefusedBatch(ILogger logger, int count, QueueKey queue, string error);

    [LoggerMessage(207, LogLevel.Warning, "Queue {Queue}: the end of its pause could not be written: {Error}")]
    public static partial void PauseNotStored(ILogger logger, QueueKey queue, string error);
}
