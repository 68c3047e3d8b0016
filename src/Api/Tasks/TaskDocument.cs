using System.Buffers;
using System.Text.Json;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;

namespace ActorBalancer.Api.Tasks;

/// <summary>Writes a task as <c>GET /task/{id}</c> and the lists show it.</summary>
internal static class TaskDocument
{
    /// <summary>Writes a task as the whole answer, with status 200.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="task">The task.</param>
    /// <param name="withResult">Whether its result comes too, when there is one.</param>
    public static async Task WriteAsync(HttpResponse response, TaskSnapshot task, bool withResult = true)
    {
        var head = new ArrayBufferWriter<byte>(1024);
        await using (var json = new Utf8JsonWriter(head, EdgeErrors.JsonText))
            Write(json, task, withTrace: true);
        var result = withResult && task.State == TaskState.Succeeded
            ? ReadResult(task.Result)
            : default(ReadOnlyMemory<byte>?);

        // The result goes out as it lies in memory; it may be large. It takes the place of the object's end.
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = EdgeErrors.JsonContentType;
        response.Headers.CacheControl = "no-store";
        var writer = response.BodyWriter;
        if (result is not { } value)
        {
            response.ContentLength = head.WrittenCount;
            await writer.WriteAsync(head.WrittenMemory);
            return;
        }

        response.ContentLength = head.WrittenCount + ResultName.Length + value.Length;
        writer.Write(head.WrittenSpan[..^1]);
        writer.Write(ResultName);
        await writer.WriteAsync(value);
        writer.Write("}"u8);
        await writer.FlushAsync();
    }

    /// <summary>Writes a task without its result, as one JSON object.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="task">The task.</param>
    /// <param name="withTrace">True also writes <c>traceId</c>: for tasks that were read as a whole.</param>
    public static void Write(Utf8JsonWriter json, TaskSnapshot task, bool withTrace = false)
    {
        json.WriteStartObject();
        json.WriteString("taskId"u8, task.Id.ToString());
        if (withTrace)
            json.WriteString("traceId"u8, Tracing.TraceIdOf(task.Id, task.TraceParent));
        json.WriteString("state"u8, StateNames.Of(task.State));
        json.WriteString("group"u8, task.Queue.Group);
        json.WriteNumber("contract"u8, task.Queue.Contract);
        json.WriteString("function"u8, task.Function);
        json.WriteString("mode"u8, StateNames.Of(task.Mode));
        json.WriteNumber("priority"u8, task.Priority);
        json.WriteStartArray("tags"u8);
        foreach (var tag in task.Tags)
            json.WriteStringValue(tag);
        json.WriteEndArray();
        if (task.OrderingKey is { } key)
            json.WriteString("orderingKey"u8, key);
        WriteTime(json, "createdAt"u8, task.CreatedAtMilliseconds);
        WriteTime(json, "dueAt"u8, task.DueAtMilliseconds);
        WriteTime(json, "startedAt"u8, task.StartedAtMilliseconds);
        WriteTime(json, "finishedAt"u8, task.FinishedAtMilliseconds);
        WriteTime(json, "keptUntil"u8, task.KeptUntilMilliseconds);
        json.WriteString("worker"u8, task.Worker);
        json.WriteStartArray("attempts"u8);
        foreach (var attempt in task.Attempts)
            Write(json, attempt);
        json.WriteEndArray();
        if (task.Delivery is { } delivery)
            Write(json, delivery);
        if (TaskTransitions.IsFinal(task.State) && task.State != TaskState.Succeeded)
            json.WriteString("error"u8, task.Error);
        json.WriteEndObject();
    }

    /// <summary>Writes a moment, or null for 0.</summary>
    public static void WriteTime(Utf8JsonWriter json, ReadOnlySpan<byte> name, long unixMilliseconds)
    {
        if (unixMilliseconds == 0)
        {
            json.WriteNull(name);
            return;
        }

        Span<byte> text = stackalloc byte[Timestamp.Length];
        Timestamp.Format(unixMilliseconds, text);
        json.WriteString(name, text);
    }

    private static ReadOnlySpan<byte> ResultName => ",\"result\":"u8;

    private static void Write(Utf8JsonWriter json, AttemptRecord attempt)
    {
        json.WriteStartObject();
        json.WriteNumber("number"u8, attempt.Number);
        json.WriteString("worker"u8, attempt.Worker);
        WriteTime(json, "startedAt"u8, attempt.StartedAtMilliseconds);
        WriteTime(json, "endedAt"u8, attempt.EndedAtMilliseconds);
        json.WriteString("error"u8, attempt.Error);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, WebhookDelivery delivery)
    {
        json.WriteStartObject("webhook"u8);
        json.WriteString("state"u8, StateNames.Of(delivery.State));
        json.WriteNumber("tries"u8, delivery.Tries);
        WriteTime(json, "nextTryAt"u8, delivery.DueAtMilliseconds);
        if (delivery.LastStatus == 0)
            json.WriteNull("lastStatus"u8);
        else
            json.WriteNumber("lastStatus"u8, delivery.LastStatus);
        json.WriteString("lastError"u8, delivery.LastError);
        json.WriteEndObject();
    }

    private static ReadOnlyMemory<byte> ReadResult(byte[]? answer)
    {
        if (answer is null)
            return "null"u8.ToArray();
        var kind = BareResult.Find(answer, out var range);
        if (kind == BareResultKind.Json)
            return answer.AsMemory()[range];
        var text = new ArrayBufferWriter<byte>(answer.Length + 2);
        using var json = new Utf8JsonWriter(text, EdgeErrors.JsonText);
        if (kind == BareResultKind.Text)
            json.WriteStringValue(answer);
        else
            json.WriteBase64StringValue(answer);
        json.Flush();
        return text.WrittenMemory;
    }
}
