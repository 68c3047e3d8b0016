using System.Text.Encodings.Web;
using System.Text.Json;

namespace ActorBalancer.Cli.Output;

/// <summary>Writes JSON for programs and for people. Thread-safe.</summary>
internal static class JsonWriting
{
    // Characters that steer a terminal are written as escapes by this encoder too; it spares only those of HTML.
    private static readonly JsonWriterOptions OneLine = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonWriterOptions ManyLines = OneLine with { Indented = true };

    /// <summary>On one line.</summary>
    public static string Compact(JsonElement json) => Write(json, OneLine);

    /// <summary>With a line for each member.</summary>
    public static string Indented(JsonElement json) => Write(json, ManyLines);

    /// <summary>An object of its own.</summary>
    public static JsonElement Make(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, OneLine))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return JsonElement.Parse(stream.GetBuffer().AsSpan(0, (int)stream.Length));
    }

    private static string Write(JsonElement json, JsonWriterOptions options)
    {
        if (json.ValueKind == JsonValueKind.Undefined)
            return "null";
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, options))
            json.WriteTo(writer);
        return System.Text.Encoding.UTF8.GetString(stream.GetBuffer().AsSpan(0, (int)stream.Length));
    }
}
