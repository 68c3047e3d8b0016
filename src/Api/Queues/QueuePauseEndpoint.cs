using ActorBalancer.Api.Configuration;
using ActorBalancer.Api.Health;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Tasks;
using ActorBalancer.Engine;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Api.Queues;

/// <summary><c>POST /queues/{group}/{contract}/pause</c> and <c>/resume</c>. Thread-safe.</summary>
internal sealed class QueuePauseEndpoint(IBalancer balancer, TimeProvider time)
{
    private static readonly TimeSpan Min = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Max = TimeSpan.FromDays(365);

    private static readonly EdgeError Unknown = new(
        404, "queue_unknown", "There is no queue of this group and contract.");

    /// <summary>Stops a queue from handing out tasks, for a time or until it is resumed.</summary>
    public async Task PauseAsync(HttpContext context)
    {
        TimeSpan? duration = null;
        var error = QueuePath.Take(context, out var key) ?? TakeDuration(context.Request.Query, out duration);
        if (error is null && !await balancer.PauseAsync(key, duration))
            error = Unknown;
        await AnswerAsync(context, key, isPaused: true, duration, error);
    }

    /// <summary>Ends the pause.</summary>
    public async Task ResumeAsync(HttpContext context)
    {
        var error = QueuePath.Take(context, out var key);
        if (error is null && !await balancer.ResumeAsync(key))
            error = Unknown;
        await AnswerAsync(context, key, isPaused: false, null, error);
    }

    private Task AnswerAsync(HttpContext context, QueueKey key, bool isPaused, TimeSpan? duration, EdgeError? error)
    {
        if (error is not null)
            return EdgeErrors.WriteAsync(context, error);
        var until = duration is { } span ? (time.GetUtcNow() + span).ToUnixTimeMilliseconds() : 0;
        return JsonAnswer.WriteAsync(context.Response, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteString("group"u8, key.Group);
            json.WriteNumber("contract"u8, key.Contract);
            json.WriteBoolean("paused"u8, isPaused);
            TaskDocument.WriteTime(json, "pausedUntil"u8, until);
            json.WriteEndObject();
        });
    }

    private static EdgeError? TakeDuration(IQueryCollection query, out TimeSpan? duration)
    {
        duration = null;
        if (!query.TryGetValue("for", out var values))
            return null;
        if (values.Count == 1 && Durations.TryParse(values[0] ?? "", out var span) && span >= Min && span <= Max)
        {
            duration = span;
            return null;
        }

        return QueryErrors.Wrong(
            "for", $"a time from {Durations.Format(Min)} to {Durations.Format(Max)}, such as 90s or 10m", values);
    }
}
