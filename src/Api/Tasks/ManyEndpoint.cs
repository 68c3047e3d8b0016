using ActorBalancer.Api.Health;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Engine;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Api.Tasks;

/// <summary><c>POST /tasks/retry</c>, <c>POST /tasks/cancel</c> and <c>DELETE /tasks</c>: all tasks of a filter
/// again, called off, or away. The state must be
/// named, so that no slip of the hand means everything. Thread-safe.</summary>
internal sealed class ManyEndpoint(IBalancer balancer)
{
    /// <summary>Queues dead or cancelled tasks again.</summary>
    public async Task RetryAsync(HttpContext context)
    {
        var error = TaskQuery.TakeOrder(
            context.Request.Query,
            static state => state is TaskState.Dead or TaskState.Cancelled,
            "dead or cancelled",
            out var query);
        if (error is not null)
            await EdgeErrors.WriteAsync(context, error);
        else
            await AnswerAsync(context, "retried", await balancer.RetryAllAsync(query.Filter));
    }

    /// <summary>Calls living tasks off.</summary>
    public async Task CancelAsync(HttpContext context)
    {
        var error = TaskQuery.TakeOrder(
            context.Request.Query,
            static state => !TaskTransitions.IsFinal(state),
            "queued, scheduled, retrying or running",
            out var query);
        if (error is not null)
            await EdgeErrors.WriteAsync(context, error);
        else
            await AnswerAsync(context, "cancelled", await balancer.CancelAllAsync(query.Filter));
    }

    /// <summary>Forgets ended tasks.</summary>
    public async Task PurgeAsync(HttpContext context)
    {
        var error = TaskQuery.TakeOrder(
            context.Request.Query,
            TaskTransitions.IsFinal,
            "succeeded, dead, cancelled or expired",
            out var query);
        if (error is not null)
            await EdgeErrors.WriteAsync(context, error);
        else
            await AnswerAsync(context, "deleted", await balancer.PurgeAsync(query.Filter));
    }

    private static Task AnswerAsync(HttpContext context, string name, int count) =>
        JsonAnswer.WriteAsync(context.Response, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteNumber(name, count);
            json.WriteEndObject();
        });
}
