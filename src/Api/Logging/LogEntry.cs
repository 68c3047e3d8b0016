using System.Buffers;
using System.Text.Json;
using ActorBalancer.Api.Hosting;

namespace ActorBalancer.Api.Logging;

/// <summary>One event of the log as it is kept for readers: shared by the ring and by all who follow. Immutable but for
/// a cache.</summary>
/// <param name="At">When it happened.</param>
/// <param name="Level">Its level.</param>
/// <param name="Line">The line of text, escaped.</param>
/// <param name="MessageAt">Where in the line the message begins.</param>
/// <param name="Category">Who logged it.</param>
/// <param name="Task">The task that it is about; default for none.</param>
internal sealed record LogEntry(
    DateTimeOffset At, LogLevel Level, string Line, int MessageAt, string Category, LogTask Task)
{
    private byte[]? _frame;

    /// <summary>The message without time and level.</summary>
    public ReadOnlySpan<char> Message => Line.AsSpan(MessageAt);

    /// <summary>The whole server-sent event. Made once, when the first reader asks.</summary>
    public ReadOnlySpan<byte> Frame => _frame ??= MakeFrame(); // made twice by two readers at once, it is the same

    /// <summary>Its level as readers name it.</summary>
    public static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        _ => "error",
    };

    private byte[] MakeFrame()
    {
        var data = new ArrayBufferWriter<byte>(256 + Line.Length);
        using (var json = new Utf8JsonWriter(data, EdgeErrors.JsonText))
        {
            json.WriteStartObject();
            json.WriteString("at"u8, LogLine.Time(At));
            json.WriteString("level"u8, NameOf(Level));
            json.WriteString("message"u8, Message);
            json.WriteString("taskId"u8, Task.TaskId);
            json.WriteString("traceId"u8, Task.TraceId);
            json.WriteString("category"u8, Category);
            json.WriteEndObject();
        }

        var frame = new ArrayBufferWriter<byte>(data.WrittenCount + 32);
        ServerSentEvents.Write(frame, null, "line", data.WrittenSpan);
        return frame.WrittenSpan.ToArray();
    }
}
