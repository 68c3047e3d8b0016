using System.Buffers;
using System.Text;
using System.Text.Json;
using ActorBalancer.Engine.Telemetry;

namespace ActorBalancer.Api.Logging;

/// <summary>
/// Writes one event as one JSON object on one line: <c>time</c>, <c>level</c>, <c>category</c>, <c>eventId</c> (when it
/// has one), <c>taskId</c> and <c>traceId</c> (when it is about a task), <c>message</c>, <c>exception</c> and
/// <c>stack</c> (when there are), and <c>fields</c>, the parts of the message by name. All but ASCII is escaped, so
/// nothing in it can break the line.
/// </summary>
internal static class LogJson
{
    // An event of ours has a handful of fields; more than this is a fault of whoever logs.
    private const int FieldsMax = 32;
    private const int FieldLengthMax = 1024;

    // The template of the message, which source-generated messages pass along as a field.
    private const string Template = "{OriginalFormat}";

    public static string Format<TState>(
        DateTimeOffset time, LogLevel level, string category, EventId id, string message, TState state,
        LogTask task, Exception? exception, bool hasStack)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time"u8, LogLine.Time(time));
            json.WriteString("level"u8, LogLine.Level(level));
            json.WriteString("category"u8, category);
            if (id.Id != 0) json.WriteNumber("eventId"u8, id.Id);
            if (task.TaskId is not null) json.WriteString("taskId"u8, task.TaskId);
            if (task.TraceId is not null) json.WriteString("traceId"u8, task.TraceId);
            json.WriteString("message"u8, Cut(message, LogLine.LengthMax));
            if (exception is not null)
                json.WriteString("exception"u8, Cut(LogLine.Describe(exception), LogLine.LengthMax));
            if (hasStack && exception?.StackTrace is { } stack)
                json.WriteString("stack"u8, Cut(stack, LogLine.LengthMax));
            if (state is IReadOnlyList<KeyValuePair<string, object?>> fields) WriteFields(json, fields);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteFields(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>> fields)
    {
        var count = Math.Min(fields.Count, FieldsMax);
        if (count == 0 || (count == 1 && fields[0].Key == Template)) return;
        json.WriteStartObject("fields"u8);
        for (var index = 0; index < count; index++)
        {
            var (name, value) = fields[index];
            if (name == Template) continue;
            json.WritePropertyName(Cut(name, FieldLengthMax));
            switch (value)
            {
                case null:
                    json.WriteNullValue();
                    break;
                case bool flag:
                    json.WriteBooleanValue(flag);
                    break;
                case int or long or short or byte or uint or ushort:
                    json.WriteNumberValue(Convert.ToInt64(value));
                    break;
                case double number when double.IsFinite(number):
                    json.WriteNumberValue(number);
                    break;
                case TaskMark mark:
                    json.WriteStringValue(mark.Id.ToString());
                    break;
                default:
                    json.WriteStringValue(Cut(value.ToString() ?? "", FieldLengthMax));
                    break;
            }
        }

        json.WriteEndObject();
    }

    private static string Cut(string text, int lengthMax) =>
        text.Length <= lengthMax ? text : $"{text.AsSpan(0, lengthMax)}...(cut, {text.Length - lengthMax} more)";
}
