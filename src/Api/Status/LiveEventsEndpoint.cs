using System.Buffers;
using ActorBalancer.Api.Hosting;

namespace ActorBalancer.Api.Status;

/// <summary><c>GET /events</c>: how the balancer stands, as it changes, as server-sent events. Thread-safe.</summary>
/// <param name="hub">Who makes the events.</param>
/// <param name="time">The clock of the pings.</param>
/// <param name="stopping">The server stops: the streams end, and their readers come again elsewhere.</param>
internal sealed class LiveEventsEndpoint(EventHub hub, TimeProvider time, CancellationToken stopping)
{
    private static readonly EdgeError TooMany = new(
        503, "too_many_streams", $"{EventHub.StreamsMax} streams of events are open, which is as many as may be.")
    {
        RetryAfter = ServerSentEvents.PingInterval,
    };

    /// <summary>Answers one request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        if (EventTopics.Take(context.Request, out var topics) is { } error)
        {
            await EdgeErrors.WriteAsync(context, error);
            return;
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            Prepare(context);
            return;
        }

        if (hub.TryOpen(topics) is not { } stream)
        {
            await EdgeErrors.WriteAsync(context, TooMany);
            return;
        }

        try
        {
            Prepare(context);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
            await ServerSentEvents.PumpAsync(
                context.Response.BodyWriter, stream.Reader, (writer, waiting) => Write(writer, stream, waiting), time,
                stop.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Between two events.
        }
        finally
        {
            hub.Close(stream);
        }
    }

    private static void Prepare(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        LongAnswers.Prepare(context);
    }

    private static bool Write(IBufferWriter<byte> writer, EventSubscriber stream, EventSubscriber.Waiting waiting)
    {
        writer.Write(stream.Take(waiting));
        return false;
    }
}
