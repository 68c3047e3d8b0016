using System.Text.Json;
using System.Text.Unicode;

namespace ActorBalancer.Api.Tasks;

/// <summary>Finds a worker's own words in its error body.</summary>
internal static class WorkerError
{
    /// <summary>The member <c>error</c> of <paramref name="body"/>.</summary>
    /// <returns>Null when the body is no JSON object or has no such string of at least one character.</returns>
    public static string? Read(ReadOnlySpan<byte> body)
    {
        if (!Utf8.IsValid(body))
            return null;
        try
        {
            var reader = new Utf8JsonReader(body);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return null;
            string? error = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isError = reader.ValueTextEquals("error"u8);
                reader.Read();
                if (isError && reader.TokenType == JsonTokenType.String && !JsonText.HasLoneSurrogate(reader.ValueSpan))
                    error = reader.GetString();
                else
                    reader.Skip();
            }

            // Only now: what follows the member must be JSON as well.
            return !reader.Read() && error is { Length: > 0 } ? error : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
