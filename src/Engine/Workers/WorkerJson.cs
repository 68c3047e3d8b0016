using System.Text.Json;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Workers;

/// <summary>Looks into the JSON that workers answer, without building anything of it. Pure.</summary>
public static class WorkerJson
{
    /// <summary>Longest error text taken over from a worker, in characters.</summary>
    public const int ErrorLengthMax = 1000;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = JsonCheck.AnswerDepthMax };

    /// <summary>True when the whole answer is one JSON value. A worker that answers 200 with anything else has
    /// failed: what the client gets must be what it can read.</summary>
    public static bool IsJson(WorkerReply reply)
    {
        ArgumentNullException.ThrowIfNull(reply);
        return JsonCheck.IsOneValue(reply.Body.Span, JsonCheck.AnswerDepthMax);
    }

    /// <summary>A worker's own words: the string member <c>error</c> of its answer, cut at
    /// <see cref="ErrorLengthMax"/>.</summary>
    /// <returns>Null when the answer is no whole JSON object, or has no such text of at least one character.</returns>
    public static string? ReadError(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, Options);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return null;
            string? error = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isError = reader.ValueTextEquals("error"u8);
                reader.Read();
                if (isError && reader.TokenType == JsonTokenType.String)
                    error = reader.GetString();
                else
                    reader.Skip();
            }

            // Only now: what follows the member must be JSON as well.
            return !reader.Read() && error is { Length: > 0 } ? Cut(error) : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    // Never between the halves of a surrogate pair.
    private static string Cut(string text)
    {
        if (text.Length <= ErrorLengthMax)
            return text;
        return text[..(char.IsHighSurrogate(text[ErrorLengthMax - 1]) ? ErrorLengthMax - 1 : ErrorLengthMax)];
    }
}
