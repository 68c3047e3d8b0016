using ActorBalancer.Api.Health;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Engine;

namespace ActorBalancer.Api.Tasks;

/// <summary><c>DELETE /task/{id}</c>: calls a task off. Thread-safe.</summary>
internal sealed class CancelEndpoint(IBalancer balancer, EdgeOptions options)
{
    private const string TooLateWord = "too-late";

    /// <summary>Answers one request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        var error = TaskIds.Take(context, out var id)
            ?? TaskOrders.ErrorOf(await balancer.CancelAsync(id), TooLate, options.RetryAfterDefault);
        if (error is not null)
        {
            await EdgeErrors.WriteAsync(context, error);
            return;
        }

        await JsonAnswer.WriteAsync(context.Response, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteString("taskId"u8, id.ToString());
            json.WriteString("state"u8, "cancelled"u8);
            json.WriteString("outcome"u8, "cancelled"u8);
            json.WriteEndObject();
        });
    }

    private static EdgeError TooLate(string state) => new(
        409, TooLateWord, $"The task has ended already; its state is \"{state}\".")
    {
        Outcome = TooLateWord,
    };
}
