using ActorBalancer.Api.Health;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Engine;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Api.Tasks;

/// <summary><c>POST /task/{id}/retry</c> runs a dead or cancelled task again, <c>POST /task/{id}/webhook/retry</c>
/// sends a result again. Thread-safe.</summary>
internal sealed class RetryEndpoint(IBalancer balancer, EdgeOptions options)
{
    /// <summary>Queues the task again.</summary>
    public async Task RetryTaskAsync(HttpContext context)
    {
        var error = TaskIds.Take(context, out var id)
            ?? TaskOrders.ErrorOf(await balancer.RetryAsync(id), NotRetryable, options.RetryAfterDefault);
        await AnswerAsync(context, id, "queued", error);
    }

    /// <summary>Sends the result again.</summary>
    public async Task RedeliverAsync(HttpContext context)
    {
        // The task's own state stands still meanwhile; the delivery's is what changes.
        var error = TaskIds.Take(context, out var id)
            ?? TaskOrders.ErrorOf(await balancer.RedeliverAsync(id), NotDeliverable, options.RetryAfterDefault);
        await AnswerAsync(context, id, "pending", error);
    }

    private static async Task AnswerAsync(HttpContext context, TaskId id, string state, EdgeError? error)
    {
        if (error is not null)
        {
            await EdgeErrors.WriteAsync(context, error);
            return;
        }

        context.Response.Headers.Location = $"/task/{id}";
        await JsonAnswer.WriteAsync(context.Response, StatusCodes.Status202Accepted, json =>
        {
            json.WriteStartObject();
            json.WriteString("taskId"u8, id.ToString());
            json.WriteString("state"u8, state);
            json.WriteEndObject();
        });
    }

    private static EdgeError NotRetryable(string state) => new(
        409, "not_retryable", $"Only a dead or cancelled task can be retried; the state of this one is \"{state}\".");

    private static EdgeError NotDeliverable(string state) => new(
        409, "not_deliverable",
        $"The task has no delivery that has ended; its state is \"{state}\".");
}
