using ActorBalancer.Api.Hosting;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Api.Tasks;

/// <summary>Passes a worker's answer on while it comes. At most one read is in memory: a slow client slows the worker.
/// </summary>
internal static class TaskStreamAnswer
{
    // What a read may bring at a time: large enough to pass a gigabyte in 65,536 steps.
    private const int ReadBytes = 16 * 1024;

    private const string UnknownType = "application/octet-stream";

    /// <summary>Writes all of the stream. The caller disposes it afterwards, which ends the worker's call if it has not
    /// ended.</summary>
    public static async Task WriteAsync(HttpContext context, WorkerStream stream)
    {
        var response = context.Response;
        response.StatusCode = stream.Status;
        response.ContentType = stream.ContentType is { } type && TaskAnswer.IsFit(type) ? type : UnknownType;
        LongAnswers.Prepare(context);
        try
        {
            await CopyAsync(stream, response, context.RequestAborted);
        }
        catch (IOException)
        {
            // The worker broke off. A client that sees the last chunk missing knows; an orderly end would be a lie.
            context.Abort();
        }
    }

    private static async Task CopyAsync(WorkerStream stream, HttpResponse response, CancellationToken clientGone)
    {
        var writer = response.BodyWriter;
        while (true)
        {
            var read = await stream.ReadAsync(writer.GetMemory(ReadBytes), clientGone);
            if (read == 0)
                return;
            writer.Advance(read);
            var flush = await writer.FlushAsync(clientGone);
            if (flush.IsCompleted || flush.IsCanceled)
                return;
        }
    }
}
