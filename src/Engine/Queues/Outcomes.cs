using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Engine.Queues;

/// <summary>The outcomes that callers get, with their sentences in one place.</summary>
internal static class Outcomes
{
    public static TaskOutcome Succeeded(in AttemptResult result, int attempts) => new()
    {
        Kind = TaskOutcomeKind.Succeeded,
        WorkerStatus = result.Status,
        Reply = result.Reply,
        Attempts = attempts,
    };

    public static TaskOutcome Refused(in AttemptResult result, int attempts) => new()
    {
        Kind = TaskOutcomeKind.Refused,
        WorkerStatus = result.Status,
        Attempts = attempts,
        Error = result.Error,
    };

    public static TaskOutcome Failed(string error, int attempts, bool timedOut) => new()
    {
        Kind = timedOut ? TaskOutcomeKind.TimedOut : TaskOutcomeKind.Failed,
        Attempts = attempts,
        Error = error,
    };

    public static TaskOutcome TimedOut(TimeSpan time, int attempts) => new()
    {
        Kind = TaskOutcomeKind.TimedOut,
        Attempts = attempts,
        Error = attempts == 0
            ? $"The task found no free slot within {time.TotalMilliseconds:0} ms."
            : $"The task did not end within {time.TotalMilliseconds:0} ms.",
    };

    /// <summary>Says which of group, contract, function or readiness is missing.</summary>
    public static TaskOutcome NoWorker(QueueRoute route, string function, int attempts) => new()
    {
        Kind = TaskOutcomeKind.NoWorker,
        Attempts = attempts,
        Error = route.Functions.Count > 0 && !route.Functions.Contains(function)
            ? $"No worker of group '{route.Key.Group}', contract {route.Key.Contract} has a function '{function}'."
            : $"No valid worker of group '{route.Key.Group}', contract {route.Key.Contract} is ready.",
    };

    public static TaskOutcome UnknownQueue(QueueKey key) => new()
    {
        Kind = TaskOutcomeKind.NoWorker,
        Error = $"No worker serves group '{key.Group}', contract {key.Contract}.",
    };

    public static TaskOutcome QueueFull(QueueKey key, int limit) => new()
    {
        Kind = TaskOutcomeKind.QueueFull,
        Error = $"The queue of group '{key.Group}', contract {key.Contract} holds {limit} tasks already.",
        RetryAfter = RetryAfter,
    };

    public static TaskOutcome Overloaded(int limit) => new()
    {
        Kind = TaskOutcomeKind.Overloaded,
        Error = $"The balancer holds {limit} tasks already.",
        RetryAfter = RetryAfter,
    };

    public static TaskOutcome StoreBehind() => new()
    {
        Kind = TaskOutcomeKind.Overloaded,
        Error = "The balancer takes tasks faster than its disk can keep them.",
        RetryAfter = RetryAfter,
    };

    public static TaskOutcome StoreRefuses() => new()
    {
        Kind = TaskOutcomeKind.Unavailable,
        Error = "The balancer cannot store tasks at the moment.",
        RetryAfter = RetryAfter,
    };

    public static TaskOutcome Stopping() => new()
    {
        Kind = TaskOutcomeKind.Unavailable,
        Error = "The balancer is starting or stopping.",
        RetryAfter = RetryAfter,
    };

    /// <summary>What a refused client is told to wait. Source: ours, until the drain rate is measured.</summary>
    private static TimeSpan RetryAfter => TimeSpan.FromSeconds(1);
}
