using System.Text.Json;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Webhooks;

/// <summary>What a delivery carries.</summary>
/// <param name="Bytes">The body.</param>
/// <param name="ContentType">Its type.</param>
internal readonly record struct WebhookBody(ReadOnlyMemory<byte> Bytes, string ContentType)
{
    private const string Json = "application/json";

    /// <summary>The bare result of a task that succeeded, as its worker wrote it; for any other a JSON object that says
    /// how it ended.</summary>
    public static WebhookBody Of(TaskSnapshot task)
    {
        if (task.State != TaskState.Succeeded)
            return new WebhookBody(Describe(task), Json);
        var answer = task.Result ?? [];
        return task.ResultContentType is { Length: > 0 } contentType
            ? new WebhookBody(answer, contentType)
            : new WebhookBody(answer.AsMemory(Bare(answer)), Json);
    }

    // The member `result` of an answer {"success":true,"result":...}; of any other shape everything.
    private static Range Bare(ReadOnlySpan<byte> answer)
    {
        // The reader keeps a bit for each level, so any depth that fits into an answer is harmless.
        var reader = new Utf8JsonReader(answer, new JsonReaderOptions { MaxDepth = int.MaxValue });
        var succeeded = false;
        Range? result = null;
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return Range.All;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isResult = reader.ValueTextEquals("result"u8);
                var isSuccess = reader.ValueTextEquals("success"u8);
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                if (isSuccess)
                    succeeded = reader.TokenType == JsonTokenType.True;
                reader.Skip();
                if (isResult)
                    result = new Range(start, (int)reader.BytesConsumed);
            }
        }
        catch (JsonException)
        {
            return Range.All;
        }

        return succeeded && result is { } range ? range : Range.All;
    }

    private static byte[] Describe(TaskSnapshot task) => JsonSerializer.SerializeToUtf8Bytes(
        new FailedTask(false, task.Error ?? "", task.Id.ToString(), StateName(task.State)),
        WebhookJson.Default.FailedTask);

    /// <summary>The state in small letters, as it stands in bodies and headers.</summary>
    public static string StateName(TaskState state) => state switch
    {
        TaskState.Scheduled => "scheduled",
        TaskState.Queued => "queued",
        TaskState.Running => "running",
        TaskState.Retrying => "retrying",
        TaskState.Succeeded => "succeeded",
        TaskState.Dead => "dead",
        TaskState.Cancelled => "cancelled",
        TaskState.Expired => "expired",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "no state of a task"),
    };
}
