using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Engine;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Api.Tasks;

/// <summary><c>POST /tasks</c>: one task a line, one line of answer each, in order; all that were taken are on disk
/// before the first line is written. Thread-safe.</summary>
internal sealed class BatchEndpoint(IBalancer balancer, TaskIntake intake, EdgeOptions options)
{
    /// <summary>Most tasks in one request. Source: ours; with the least body this is about 4 MB.</summary>
    public const int LinesMax = 100_000;

    private const string ContentType = "application/x-ndjson";
    private const int FlushBytes = 32 * 1024;

    private static readonly EdgeError TooMany = new(
        413, "too_many_lines", $"The body holds more tasks than {LinesMax}; send the rest in another request.");

    private static ReadOnlySpan<byte> Blanks => " \t\r"u8;

    /// <summary>Handles one request; its sender has shown the balancer's key.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        string? workerKey = null;
        var headers = context.Request.Headers;
        var error = TaskWishes.Take(headers, out var wishes)
            ?? TaskHeaders.TakeWorkerKey(headers, out workerKey)
            ?? TaskHeaders.CheckLines(context);
        if (error is not null)
        {
            await EdgeErrors.WriteAsync(context, error);
            return;
        }

        if (await intake.ReadBodyAsync(context.Request) is not { } body)
        {
            await EdgeErrors.WriteAsync(context, intake.TooLarge);
            return;
        }

        var requests = new List<TaskRequest>();
        var lines = new List<EdgeError?>();
        if (!TryRead(body, workerKey, wishes, requests, lines))
        {
            await EdgeErrors.WriteAsync(context, TooMany);
            return;
        }

        var receipts = requests.Count > 0 ? await balancer.SubmitAsync(requests) : [];
        context.Response.ContentType = ContentType;
        await WriteAsync(context.Response.BodyWriter, lines, receipts);
    }

    // A line is null where a task was made of it: the receipts stand in the order of those.
    private bool TryRead(
        ReadOnlySpan<byte> body, string? workerKey, in TaskWishes wishes, List<TaskRequest> requests,
        List<EdgeError?> lines)
    {
        // Most batches are for one queue: the engine is asked once for each change of it.
        QueueKey? last = null;
        var isKeyNeeded = false;
        while (!body.IsEmpty)
        {
            var end = body.IndexOf((byte)'\n');
            var line = (end < 0 ? body : body[..end]).Trim(Blanks);
            body = end < 0 ? default : body[(end + 1)..];
            if (line.IsEmpty)
                continue;
            if (lines.Count == LinesMax)
                return false;
            var error = intake.Read(line, out var head) ?? CheckMode(head);
            if (error is null && workerKey is null)
            {
                var queue = new QueueKey(head.Group, head.Contract);
                if (queue != last)
                    isKeyNeeded = !balancer.HasAllWorkerKeys((last = queue).Value);
                error = isKeyNeeded ? intake.CheckWorkerKey(head, workerKey) : null;
            }

            if (error is null)
            {
                var mode = head.HasMode ? head.Mode : TaskMode.Async;
                var mark = wishes.IdempotencyKey is { } key ? IdempotencyMarks.Of(key, lines.Count, line) : null;
                requests.Add(TaskIntake.Make(head, line.ToArray(), mode, workerKey, wishes, mark));
            }

            lines.Add(error);
        }

        return true;
    }

    private static EdgeError? CheckMode(in TaskHead head)
    {
        if (!head.HasMode || head.Mode is TaskMode.Async or TaskMode.Webhook)
            return null;
        var fault = Faults.Wrong(
            "mode", "\"async\" or \"webhook\" where many tasks are sent at once", $"\"{StateNames.Of(head.Mode)}\"");
        return new EdgeError(400, fault.Code, fault.Message) { Member = fault.Member };
    }

    private async Task WriteAsync(PipeWriter writer, List<EdgeError?> lines, IReadOnlyList<TaskReceipt> receipts)
    {
        await using var json = new Utf8JsonWriter(writer, EdgeErrors.JsonText);
        var taken = 0;
        var unflushed = 0;
        foreach (var line in lines)
        {
            if (line is not null)
            {
                unflushed += WriteError(writer, json, line);
            }
            else
            {
                var (id, refusal) = receipts[taken++];
                using (refusal)
                {
                    unflushed += refusal is null
                        ? WriteId(writer, id)
                        : WriteError(writer, json, TaskAnswer.ErrorOf(refusal, options.RetryAfterDefault));
                }
            }

            if (unflushed < FlushBytes)
                continue;
            unflushed = 0;
            await writer.FlushAsync();
        }

        await writer.FlushAsync();
    }

    private static int WriteId(PipeWriter writer, TaskId id)
    {
        var before = "{\"taskId\":\""u8;
        var after = "\"}\n"u8;
        const int Digits = 32;
        var length = before.Length + Digits + after.Length;
        var span = writer.GetSpan(length);
        before.CopyTo(span);
        id.Value.TryFormat(span[before.Length..], out _, "N");
        after.CopyTo(span[(before.Length + Digits)..]);
        writer.Advance(length);
        return length;
    }

    private static int WriteError(PipeWriter writer, Utf8JsonWriter json, EdgeError error)
    {
        json.WriteStartObject();
        json.WriteString("error"u8, error.Error);
        json.WriteString("code"u8, error.Code);
        json.WriteNumber("status"u8, error.Status);
        if (error.Member is not null)
            json.WriteString("member"u8, error.Member);
        if (error.RetryAfterSeconds is { } seconds)
            json.WriteNumber("retryAfter"u8, seconds);
        json.WriteEndObject();
        json.Flush();
        var length = (int)json.BytesCommitted + 1;
        json.Reset();
        writer.Write("\n"u8);
        return length;
    }
}
