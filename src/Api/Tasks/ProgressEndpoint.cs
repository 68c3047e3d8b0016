using System.Globalization;
using System.Text.Unicode;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Engine;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Api.Tasks;

/// <summary><c>POST /task/{id}/progress</c>: a worker tells how far it is, or a part of its output. Thread-safe.
/// </summary>
internal sealed class ProgressEndpoint(IBalancer balancer, EdgeOptions options)
{
    /// <summary>Carries the token that came with the attempt.</summary>
    public const string TokenName = "x-fencing-token";

    /// <summary>Largest report. Source: ours; a report is kept with the task, and is no way to send a result.</summary>
    public const int BytesMax = 64 * 1024;

    private static readonly EdgeError TooLarge = new(
        413, "body_too_large", $"The body is larger than the limit of {BytesMax} bytes for a report.")
    {
        CloseConnection = true,
    };

    /// <summary>Answers one request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        var kind = TaskEventKind.Progress;
        var token = 0L;
        var error = TaskIds.Take(context, out var id)
            ?? TakeToken(context.Request.Headers, out token)
            ?? TakeKind(context.Request.Query, out kind)
            ?? TaskHeaders.CheckContent(context)
            ?? await ReportAsync(context, id, token, kind);
        if (error is not null)
            await EdgeErrors.WriteAsync(context, error);
        else
            context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task<EdgeError?> ReportAsync(HttpContext context, TaskId id, long token, TaskEventKind kind)
    {
        if (await TaskBody.ReadAsync(context.Request.BodyReader, BytesMax) is not { } data)
            return TooLarge;
        if (!Utf8.IsValid(data) || !JsonCheck.IsOneValue(data, TaskLimits.JsonDepthMax))
        {
            return new EdgeError(400, "json_invalid",
                $"The body must be one JSON value in UTF-8, nested at most {TaskLimits.JsonDepthMax} levels deep.");
        }

        var result = await balancer.ReportAsync(id, token, kind, data);
        return TaskOrders.ErrorOf(result, NotRunning, options.RetryAfterDefault);
    }

    private static EdgeError NotRunning(string state) => new(
        409, "not_running", $"Only a running task takes reports; the state of this one is \"{state}\".");

    private static EdgeError? TakeToken(IHeaderDictionary headers, out long token)
    {
        token = 0;
        if (headers.TryGetValue(TokenName, out var values) && values.Count == 1
            && long.TryParse(values[0], NumberStyles.None, CultureInfo.InvariantCulture, out token))
        {
            return null;
        }

        return new EdgeError(400, values.Count == 0 ? "header_missing" : "header_invalid",
            $"Header '{TokenName}' must come once, with the whole number that came with the attempt.")
        {
            Member = TokenName,
        };
    }

    private static EdgeError? TakeKind(IQueryCollection query, out TaskEventKind kind)
    {
        kind = TaskEventKind.Progress;
        if (!query.TryGetValue("kind", out var values))
            return null;
        if (values.Count == 1 && values[0] is "progress" or "chunk")
        {
            if (values[0] == "chunk")
                kind = TaskEventKind.Chunk;
            return null;
        }

        return QueryErrors.Wrong("kind", "\"progress\" or \"chunk\"", values);
    }
}
