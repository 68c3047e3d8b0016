using System.Collections.Frozen;
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

    public static TaskOutcome Streaming(WorkerStream stream, int attempts) => new()
    {
        Kind = TaskOutcomeKind.Streaming,
        WorkerStatus = stream.Status,
        Stream = stream,
        Attempts = attempts,
    };

    public static TaskOutcome Cancelled() => new()
    {
        Kind = TaskOutcomeKind.Cancelled,
        Error = "The task was cancelled.",
    };

    public static TaskOutcome Expired(TaskOptions options) => new()
    {
        Kind = TaskOutcomeKind.Expired,
        Error = $"The task did not start within its time to live of {options.TimeToLiveMilliseconds} ms.",
    };

    public static TaskOutcome KeyReused() => new()
    {
        Kind = TaskOutcomeKind.KeyReused,
        Error = "The idempotency key was used before with another body.",
    };

    public static TaskOutcome WebhookRefused(string reason) => new()
    {
        Kind = TaskOutcomeKind.WebhookRefused,
        Error = reason,
    };

    /// <summary>Somebody else brings the same task back at this moment.</summary>
    public static TaskOutcome Busy() => new()
    {
        Kind = TaskOutcomeKind.Unavailable,
        Error = "The task is being retried already.",
        RetryAfter = RetryAfter,
    };

    public static TaskOutcome Damaged() => new()
    {
        Kind = TaskOutcomeKind.Failed,
        Error = "The stored task is damaged.",
    };

    /// <summary>A task that is in the store while its caller is sent away.</summary>
    public static TaskOutcome Kept(int attempts) => new()
    {
        Kind = TaskOutcomeKind.Unavailable,
        Attempts = attempts,
        Error = "The balancer is stopping. The task is kept and runs after the restart.",
        RetryAfter = RetryAfter,
    };

    /// <summary>What an ended task tells whoever asks for its outcome again.</summary>
    public static TaskOutcome Of(TaskSnapshot task, TaskOutcomeKind kind) => new()
    {
        Kind = kind,
        TaskId = task.Id,
        TraceParent = task.TraceParent,
        Attempts = task.Attempts.Count,
        Error = task.Error,
        WorkerStatus = task.WorkerStatus,
        Reply = task.Result is { } result
            ? WorkerReply.CopyOf(result, task.ResultContentType ?? "application/json")
            : null,
    };

    /// <summary>The same for a task of which only the archive knows.</summary>
    public static TaskOutcome Of(TaskSnapshot task) => Of(task, task.State switch
    {
        TaskState.Succeeded => TaskOutcomeKind.Succeeded,
        TaskState.Cancelled => TaskOutcomeKind.Cancelled,
        TaskState.Expired when task.WorkerStatus != Ends.TimedOutStatus => TaskOutcomeKind.Expired,
        _ when task.WorkerStatus == Ends.TimedOutStatus => TaskOutcomeKind.TimedOut,
        _ when task.WorkerStatus is >= 400 and < 500 => TaskOutcomeKind.Refused,
        _ => TaskOutcomeKind.Failed,
    });

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
    public static TaskOutcome NoWorker(QueueRoute route, string function, int attempts) =>
        NoWorker(route.Key, route.Functions, route.Seen, function, attempts);

    /// <summary>The same by the functions that the queue's workers offer, and those that any ever offered.</summary>
    public static TaskOutcome NoWorker(
        QueueKey key, FrozenSet<string> functions, FrozenSet<string> seen, string function, int attempts) => new()
        {
            Kind = TaskOutcomeKind.NoWorker,
            Attempts = attempts,
            Error = functions.Count > 0 && !functions.Contains(function)
                ? $"No worker of group '{key.Group}', contract {key.Contract} has a function '{function}'."
                : $"No valid worker of group '{key.Group}', contract {key.Contract} is ready.",
            RetryAfter = seen.Contains(function) ? RetryAfter : null,
        };

    public static TaskOutcome UnknownQueue(QueueKey key) => new()
    {
        Kind = TaskOutcomeKind.NoWorker,
        Error = $"No worker serves group '{key.Group}', contract {key.Contract}.",
    };

    /// <summary>Told to come back when the queue has got a tenth shorter at the rate at which tasks end now.</summary>
    public static TaskOutcome QueueFull(QueueKey key, int limit, RateMeter rates) => new()
    {
        Kind = TaskOutcomeKind.QueueFull,
        Error = $"The queue of group '{key.Group}', contract {key.Contract} holds {limit} tasks already.",
        RetryAfter = rates.TimeToEnd(limit / 10.0),
    };

    public static TaskOutcome TooMany(int limit, int depth, RateMeter rates) => new()
    {
        Kind = TaskOutcomeKind.Overloaded,
        Error = $"The balancer holds {limit} tasks already.",
        RetryAfter = rates.TimeToEnd(depth / 10.0),
    };

    public static TaskOutcome TooLarge(long bytesMax, int depth, RateMeter rates) => new()
    {
        Kind = TaskOutcomeKind.Overloaded,
        Error = $"The bodies of the tasks that the balancer holds would be larger than {bytesMax} bytes together.",
        RetryAfter = rates.TimeToEnd(depth / 10.0),
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

    /// <summary>What a client is told to wait where no rate says more. Source: ours.</summary>
    private static TimeSpan RetryAfter => TimeSpan.FromSeconds(1);
}
