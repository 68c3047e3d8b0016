using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Engine;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Api.Tasks;

/// <summary><c>GET /task/{id}/events</c>: what happens to a task, as server-sent events. Thread-safe.</summary>
/// <param name="balancer">The engine.</param>
/// <param name="time">The clock of the pings.</param>
/// <param name="stopping">The server stops: the streams end, and their readers come again elsewhere.</param>
internal sealed class EventsEndpoint(IBalancer balancer, TimeProvider time, CancellationToken stopping)
{
    private const string HeaderName = "Last-Event-ID";
    private const string ParameterName = "lastEventId";
    private const long IdMax = (1L << 53) - 1;
    private static readonly string IdRule = $"the id of an event, a whole number from 0 to {IdMax}";

    /// <summary>Answers one request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        var after = -1L;
        var withResult = true;
        var error = TaskIds.Take(context, out var id) ?? TakeLastId(context.Request, out after)
            ?? ResultWish.Take(context.Request, out withResult);
        if (error is not null)
        {
            await EdgeErrors.WriteAsync(context, error);
            return;
        }

        using var follower = await balancer.FollowAsync(id, after);
        if (follower.Events is not { } events)
        {
            await EdgeErrors.WriteAsync(context, TaskIds.Missing(follower.Kind));
            return;
        }

        context.Response.ContentType = "text/event-stream";
        LongAnswers.Prepare(context);
        if (HttpMethods.IsHead(context.Request.Method))
            return;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            await ServerSentEvents.PumpAsync(
                context.Response.BodyWriter, events, withResult ? Write : WriteBare, time, stop.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Between two events: an end that a reader takes up by its last id.
        }
    }

    private static bool Write(IBufferWriter<byte> writer, TaskEvent each)
    {
        ServerSentEvents.Write(writer, each.Id, StateNames.Of(each.Kind), each.Data);
        return each.Kind is TaskEventKind.Completed or TaskEventKind.Failed;
    }

    // Tells that there was output, not which.
    private static bool WriteBare(IBufferWriter<byte> writer, TaskEvent each) => Write(writer, each.Kind switch
    {
        TaskEventKind.Chunk => each with { Data = null },
        TaskEventKind.Completed when each.Data is { } data => each with { Data = WithoutResult(data) },
        _ => each,
    });

    private static byte[] WithoutResult(byte[] data)
    {
        if (JsonNode.Parse(data) is not JsonObject members)
            return data;
        members.Remove("result");
        return JsonSerializer.SerializeToUtf8Bytes(members);
    }

    private static EdgeError? TakeLastId(HttpRequest request, out long id)
    {
        id = -1;
        if (request.Headers.TryGetValue(HeaderName, out var values) && !(values.Count == 1 && values[0]!.Length == 0))
        {
            return values.Count == 1 && TryParse(values[0], out id)
                ? null
                : new EdgeError(400, "header_invalid", $"Header '{HeaderName}' must come once, with {IdRule}.")
                {
                    Member = HeaderName,
                };
        }

        if (!request.Query.TryGetValue(ParameterName, out values))
            return null;
        return values.Count == 1 && TryParse(values[0], out id)
            ? null
            : QueryErrors.Wrong(ParameterName, IdRule, values);
    }

    private static bool TryParse(string? text, out long id) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id) && id <= IdMax;
}
