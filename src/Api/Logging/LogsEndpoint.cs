using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using ActorBalancer.Api.Health;
using ActorBalancer.Api.Hosting;

namespace ActorBalancer.Api.Logging;

/// <summary><c>GET /logs</c>: the last lines of the balancer's log, or a stream of them as they are written.
/// Thread-safe.</summary>
/// <param name="ring">The lines.</param>
/// <param name="time">The clock of the pings.</param>
/// <param name="stopping">The server stops: the streams end.</param>
internal sealed class LogsEndpoint(LogRing ring, TimeProvider time, CancellationToken stopping)
{
    // Lines between two flushes of a backlog.
    private const int LinesAtOnce = 64;

    private static readonly EdgeError TooMany = new(
        503, "too_many_streams", $"{LogRing.FollowersMax} readers follow the log, which is as many as may be.")
    {
        RetryAfter = ServerSentEvents.PingInterval,
    };

    /// <summary>Answers <c>{"logs":[...]}</c>, oldest line first, or the events <c>line</c> and <c>skipped</c>.
    /// </summary>
    public Task InvokeAsync(HttpContext context)
    {
        if (LogQuery.Take(context.Request.Query, out var query) is { } error)
            return EdgeErrors.WriteAsync(context, error);
        return query.Follow ? FollowAsync(context, query) : ListAsync(context, query);
    }

    private Task ListAsync(HttpContext context, LogQuery query) =>
        JsonAnswer.WriteAsync(context.Response, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("logs"u8);
            foreach (var entry in ring.Last(query.Filter, query.LinesAtMost))
                json.WriteStringValue(entry.Line);
            json.WriteEndArray();
            json.WriteEndObject();
        });

    private async Task FollowAsync(HttpContext context, LogQuery query)
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            Prepare(context);
            return;
        }

        if (ring.TryFollow(query.Filter, query.LinesAtMost) is not { } follower)
        {
            await EdgeErrors.WriteAsync(context, TooMany);
            return;
        }

        using (follower)
        using (var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping))
        {
            Prepare(context);
            var writer = context.Response.BodyWriter;
            try
            {
                if (await WriteAsync(writer, follower.Backlog, stop.Token))
                {
                    await ServerSentEvents.PumpAsync(
                        writer, follower.Reader, (to, entry) => Write(to, follower, entry), time, stop.Token);
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                // Between two events.
            }
        }
    }

    private static void Prepare(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        LongAnswers.Prepare(context);
    }

    // False when the reader has gone.
    private static async Task<bool> WriteAsync(
        PipeWriter writer, IReadOnlyList<LogEntry> backlog, CancellationToken stop)
    {
        for (var i = 0; i < backlog.Count; i++)
        {
            writer.Write(backlog[i].Frame);
            if ((i + 1) % LinesAtOnce == 0 && (await writer.FlushAsync(stop)).IsCompleted)
                return false;
        }

        return true;
    }

    private static bool Write(IBufferWriter<byte> writer, LogFollower follower, LogEntry entry)
    {
        if (follower.TakeSkipped() is var skipped and > 0)
        {
            var count = string.Create(CultureInfo.InvariantCulture, $"{{\"count\":{skipped}}}");
            ServerSentEvents.Write(writer, null, "skipped", Encoding.ASCII.GetBytes(count));
        }

        writer.Write(entry.Frame);
        return false;
    }
}
