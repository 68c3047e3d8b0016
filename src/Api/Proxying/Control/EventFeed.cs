using System.Buffers;
using System.Text.Json;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Engine.Proxying;

namespace ActorBalancer.Api.Proxying.Control;

/// <summary><c>GET /_lb/events</c>: the live events of a pool, as server-sent events. Any thread.</summary>
/// <param name="time">The clock of the pings.</param>
internal sealed class EventFeed(TimeProvider time)
{
    /// <summary>Sends what happens until the reader goes or the listener stops. The first event is an
    /// <c>update</c> with how things are.</summary>
    public async Task SendAsync(HttpContext context, ProxyPool pool, CancellationToken stopping)
    {
        context.Response.ContentType = "text/event-stream";
        LongAnswers.Prepare(context);
        if (HttpMethods.IsHead(context.Request.Method))
            return;

        // Before the state is read, so that no change falls in between.
        var events = pool.Events.Subscribe(out var unsubscribe);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            var writer = context.Response.BodyWriter;
            Write(writer, new UpdateEvent(pool.Status()));
            await ServerSentEvents.PumpAsync(writer, events, Write, time, stop.Token);
        }
        catch (OperationCanceledException)
        {
            // Between two events: the reader has gone, or is to come again elsewhere.
        }
        finally
        {
            unsubscribe();
        }
    }

    private static bool Write(IBufferWriter<byte> writer, ProxyEvent happened)
    {
        var data = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(data, EdgeErrors.JsonText))
            Write(json, happened);
        ServerSentEvents.Write(writer, null, NameOf(happened), data.WrittenSpan);
        return false;
    }

    private static string NameOf(ProxyEvent happened) => happened switch
    {
        RequestEvent => "request",
        DrainedEvent => "drained",
        _ => "update",
    };

    private static void Write(Utf8JsonWriter json, ProxyEvent happened)
    {
        if (happened is UpdateEvent update)
        {
            StatusJson.WriteBackends(json, update.Status);
            return;
        }

        json.WriteStartObject();
        if (happened is RequestEvent request)
        {
            json.WriteString("ip"u8, request.ClientAddress);
            json.WriteString("to"u8, request.To);
            StatusJson.WriteId(json, "backendId"u8, request.BackendId);
            json.WriteString("strategy"u8, request.Strategy);
        }
        else if (happened is DrainedEvent drained)
        {
            StatusJson.WriteId(json, "backendId"u8, drained.BackendId);
        }

        json.WriteEndObject();
    }
}
