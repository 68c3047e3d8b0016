using ActorBalancer.Api.Hosting;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;

namespace ActorBalancer.Api.Tasks;

/// <summary>Turns the end of a task into the answer to its sender.</summary>
internal static class TaskAnswer
{
    private const string Json = "application/json";

    /// <summary>Names the task in an answer.</summary>
    public const string TaskIdName = "x-task-id";

    /// <summary>Writes the whole answer. The caller disposes the outcome afterwards.</summary>
    /// <param name="context">The request.</param>
    /// <param name="outcome">How the task ended, or began to stream.</param>
    /// <param name="retryAfterDefault">For <c>Retry-After</c> when the engine names no time.</param>
    public static Task WriteAsync(HttpContext context, TaskOutcome outcome, TimeSpan retryAfterDefault)
    {
        if (outcome.TaskId != default)
            context.Response.Headers[TaskIdName] = outcome.TaskId.ToString();
        return outcome.Kind switch
        {
            TaskOutcomeKind.Succeeded => WriteReplyAsync(context.Response, outcome.Reply),
            TaskOutcomeKind.Streaming => TaskStreamAnswer.WriteAsync(context, outcome.Stream!),
            _ => EdgeErrors.WriteAsync(context, ErrorOf(outcome, retryAfterDefault) with
            {
                TraceId = outcome.TaskId == default ? null : Tracing.TraceIdOf(outcome.TaskId, outcome.TraceParent),
            }),
        };
    }

    /// <summary>The error that an outcome other than a success is to its sender.</summary>
    public static EdgeError ErrorOf(TaskOutcome outcome, TimeSpan retryAfterDefault)
    {
        var wait = outcome.RetryAfter;
        return outcome.Kind switch
        {
            TaskOutcomeKind.Refused => Refused(outcome),
            TaskOutcomeKind.NoWorker => new EdgeError(
                503, "no_worker", outcome.Error ?? "No valid worker serves this group, contract and function.")
            {
                RetryAfter = wait,
            },
            TaskOutcomeKind.Overloaded => new EdgeError(
                503, "overloaded", outcome.Error ?? "The balancer holds as many tasks as it may.")
            {
                RetryAfter = wait ?? retryAfterDefault,
            },
            TaskOutcomeKind.QueueFull => new EdgeError(
                429, "queue_full", outcome.Error ?? "The queue of this group and contract is full.")
            {
                RetryAfter = wait ?? retryAfterDefault,
            },
            TaskOutcomeKind.Unavailable => new EdgeError(
                503, "unavailable", outcome.Error ?? "The balancer takes no tasks at the moment.")
            {
                RetryAfter = wait ?? retryAfterDefault,
            },
            _ => Ended(outcome) ?? new EdgeError(
                500, "task_failed", outcome.Error ?? "Every attempt to run the task failed.")
            {
                IsWorkerFailure = true,
            },
        };
    }

    /// <summary>True for a worker's content type that can be passed on: the server throws on other characters in a
    /// header's value, and a worker must not be able to make it.</summary>
    public static bool IsFit(string type) =>
        ReferenceEquals(type, Json) || (type.Length > 0 && !type.AsSpan().ContainsAnyExceptInRange(' ', '~'));

    private static Task WriteReplyAsync(HttpResponse response, WorkerReply? reply)
    {
        // No status is set: 200 is where every answer begins.
        response.ContentType = reply?.ContentType is { } type && IsFit(type) ? type : Json;
        response.ContentLength = reply?.Length ?? 0;
        if (reply is null)
            return Task.CompletedTask;
        var write = response.BodyWriter.WriteAsync(reply.Body);
        return write.IsCompletedSuccessfully ? Task.CompletedTask : write.AsTask();
    }

    // Ends, and refusals, that have nothing to do with how full or well the balancer is.
    private static EdgeError? Ended(TaskOutcome outcome) => outcome.Kind switch
    {
        TaskOutcomeKind.TimedOut => new EdgeError(
            504, "task_timed_out", outcome.Error ?? "The task's time ran out."),
        TaskOutcomeKind.Expired => new EdgeError(
            504, "task_expired", outcome.Error ?? "The task did not start within its time to live ('ttl')."),
        TaskOutcomeKind.Cancelled => new EdgeError(
            409, "task_cancelled", outcome.Error ?? "The task was cancelled."),
        TaskOutcomeKind.KeyReused => new EdgeError(
            422, "idempotency_key_reused",
            outcome.Error ?? "The idempotency key was used before with another body; take a new one for a new task.")
        {
            Member = TaskWishes.IdempotencyKeyName,
        },
        TaskOutcomeKind.WebhookRefused => new EdgeError(
            400, "webhook_refused", outcome.Error ?? "The webhook's address must not be called.")
        {
            Member = "webhook.url",
        },
        _ => null,
    };

    private static EdgeError Refused(TaskOutcome outcome)
    {
        var status = outcome.WorkerStatus is >= 400 and <= 499 ? outcome.WorkerStatus : 400;
        if (status == StatusCodes.Status401Unauthorized)
        {
            const string Sentence = "The worker refused the key in 'x-wr-auth'.";
            return new EdgeError(status, "worker_unauthorized", outcome.Error ?? Sentence) { Detail = Sentence };
        }

        return new EdgeError(
            status, "worker_refused", outcome.Error ?? $"The worker refused the task with status {status}.");
    }
}
