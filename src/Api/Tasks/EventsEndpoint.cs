using System.Globalization;
using System.IO.Pipelines;
using System.Threading.Channels;
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
    /// <summary>Time between two comments that keep the connection alive. Source: the advice of the HTML standard,
    /// section 9.2.7.</summary>
    public static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(15);

    private const string HeaderName = "Last-Event-ID";
    private const string ParameterName = "lastEventId";
    private const long IdMax = (1L << 53) - 1;
    private static readonly string IdRule = $"the id of an event, a whole number from 0 to {IdMax}";

    /// <summary>Answers one request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        var after = -1L;
        var error = TaskIds.Take(context, out var id) ?? TakeLastId(context.Request, out after);
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
            await WriteAsync(context.Response.BodyWriter, events, stop.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Between two events: an end that a reader takes up by its last id.
        }
    }

    private async Task WriteAsync(PipeWriter writer, ChannelReader<TaskEvent> events, CancellationToken stop)
    {
        using var ticks = new PeriodicTimer(PingInterval, time);
        var tick = ticks.WaitForNextTickAsync(stop).AsTask();
        while (true)
        {
            var isLast = WriteReady(writer, events);

            // The first flush also sends the head, so that a reader knows at once that it is heard.
            var flush = await writer.FlushAsync(stop);
            if (isLast || flush.IsCompleted || flush.IsCanceled)
                return;
            var more = events.WaitToReadAsync(stop).AsTask();
            while (await Task.WhenAny(more, tick) == tick)
            {
                await tick;
                tick = ticks.WaitForNextTickAsync(stop).AsTask();
                ServerSentEvents.WritePing(writer);
                await writer.FlushAsync(stop);
            }

            if (!await more)
                return;
        }
    }

    private static bool WriteReady(PipeWriter writer, ChannelReader<TaskEvent> events)
    {
        // A reader that is far behind gets its backlog in parts, each flushed before the next.
        const int EventsMax = 64;
        for (var i = 0; i < EventsMax && events.TryRead(out var each); i++)
        {
            ServerSentEvents.Write(writer, each);
            if (each.Kind is TaskEventKind.Completed or TaskEventKind.Failed)
                return true;
        }

        return false;
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
