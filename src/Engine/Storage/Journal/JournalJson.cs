using System.Text.Json;
using System.Text.Json.Serialization;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>The JSON that the journal keeps inside of columns. Names are part of the file's format: a member that is
/// renamed needs a migration (TaskExtrasTests holds them).</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(TaskExtras))]
[JsonSerializable(typeof(WebhookAddress))]
[JsonSerializable(typeof(AttemptRecord))]
[JsonSerializable(typeof(AttemptRecord[]))]
[JsonSerializable(typeof(IReadOnlyList<TaskEvent>))]
internal sealed partial class JournalJson : JsonSerializerContext
{
    /// <summary>Attempts for a column; null for none.</summary>
    public static byte[]? WriteHistory(AttemptRecord[]? history) =>
        history is null or [] ? null : JsonSerializer.SerializeToUtf8Bytes(history, Default.AttemptRecordArray);

    /// <summary>What <see cref="WriteHistory"/> wrote.</summary>
    /// <exception cref="JsonException">It is not that.</exception>
    public static AttemptRecord[]? ReadHistory(ReadOnlySpan<byte> json) =>
        json.IsEmpty ? null : JsonSerializer.Deserialize(json, Default.AttemptRecordArray);

    /// <summary>Events for a column; null for none.</summary>
    public static byte[]? WriteEvents(IReadOnlyList<TaskEvent> events) =>
        events.Count == 0 ? null : JsonSerializer.SerializeToUtf8Bytes(events, Default.IReadOnlyListTaskEvent);

    /// <summary>What <see cref="WriteEvents"/> wrote.</summary>
    /// <exception cref="JsonException">It is not that.</exception>
    public static IReadOnlyList<TaskEvent> ReadEvents(ReadOnlySpan<byte> json) =>
        json.IsEmpty ? [] : JsonSerializer.Deserialize(json, Default.IReadOnlyListTaskEvent) ?? [];
}
