using ActorBalancer.Api.Hosting;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Api.Tasks;

/// <summary>Errors of orders about one task.</summary>
internal static class TaskOrders
{
    /// <summary>Why an order was not done; null when it was. Disposes the engine's refusal.</summary>
    /// <param name="result">What the engine says.</param>
    /// <param name="tooLate">Makes the error for a task whose state does not allow the order.</param>
    /// <param name="retryAfterDefault">For <c>Retry-After</c> when the engine names no time.</param>
    public static EdgeError? ErrorOf(
        in TaskOrderResult result, Func<string, EdgeError> tooLate, TimeSpan retryAfterDefault)
    {
        using var refusal = result.Refusal;
        var state = result.State is { } at ? StateNames.Of(at) : null;
        return result.Kind switch
        {
            TaskAnswerKind.Done => null,
            TaskAnswerKind.TooLate => tooLate(state ?? "unknown") with { State = state },
            TaskAnswerKind.Stale => new EdgeError(409, "stale_token",
                "The fencing token is not that of the task's running attempt; another attempt may have begun.")
            {
                Member = ProgressEndpoint.TokenName,
                State = state,
            },
            TaskAnswerKind.Refused => TaskAnswer.ErrorOf(
                refusal ?? new TaskOutcome { Kind = TaskOutcomeKind.Unavailable }, retryAfterDefault),
            _ => TaskIds.Missing(result.Kind),
        };
    }
}
