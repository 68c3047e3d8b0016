using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ActorBalancer.Api.Configuration.Proxy;

/// <summary>
/// Reads a JSON file for its values and the lines on which they stand. Comments and a comma behind the last item are
/// taken, since people write these files by hand; a member that stands twice is not, since one of the two would be lost
/// without a word.
/// </summary>
internal static class ConfigJson
{
    /// <summary>Largest file in bytes. Source: ours; ten thousand backends fit.</summary>
    public const int BytesMax = 4 * 1024 * 1024;

    /// <summary>Deepest nesting. Source: ours; the format needs five levels.</summary>
    public const int DepthMax = 16;

    private static readonly JsonReaderOptions Options = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        MaxDepth = DepthMax,
    };

    /// <summary>Reads a file's content.</summary>
    /// <param name="content">The bytes, UTF-8 with or without a mark.</param>
    /// <param name="file">What to call the file in errors.</param>
    /// <param name="report">Takes what is wrong.</param>
    /// <returns>The root; null when it is no JSON object, which is then reported.</returns>
    public static ConfigNode? Read(ReadOnlySpan<byte> content, string file, SettingsReport report)
    {
        if (content.Length > BytesMax)
        {
            report.Errors.Add($"{file}: has {content.Length} bytes; at most {BytesMax} are allowed");
            return null;
        }

        if (content.StartsWith(Encoding.UTF8.Preamble))
            content = content[Encoding.UTF8.Preamble.Length..];
        try
        {
            var reading = new Reading(content, file, report);
            var reader = new Utf8JsonReader(content, Options);
            reader.Read();
            var root = reading.ReadValue(ref reader, "");
            while (reader.Read())
            {
                // Utf8JsonReader itself throws when anything follows.
            }

            if (root.Kind == ConfigKind.Object)
                return root;
            report.Errors.Add($"{root.Source}: {root.KindName} stands where an object belongs");
        }
        catch (JsonException error)
        {
            report.Errors.Add($"{file}, line {error.LineNumber + 1}, column {error.BytePositionInLine + 1}: "
                + $"is no JSON: {FirstSentence(error.Message)}");
        }
        catch (InvalidOperationException)
        {
            // What Utf8JsonReader says of a text that is no UTF-8, or of half a surrogate pair.
            report.Errors.Add($"{file}: is no JSON: a text in it is not valid Unicode");
        }

        return null;
    }

    // The rest of the message names the line again, counted from zero.
    private static string FirstSentence(string message)
    {
        var end = message.IndexOf(" LineNumber", StringComparison.Ordinal);
        return (end < 0 ? message : message[..end]).TrimEnd('.');
    }

    /// <summary>One reading of one file.</summary>
    private readonly ref struct Reading(ReadOnlySpan<byte> content, string file, SettingsReport report)
    {
        private readonly ReadOnlySpan<byte> _content = content;

        public ConfigNode ReadValue(ref Utf8JsonReader reader, string path)
        {
            var source = SourceOf(reader.TokenStartIndex);
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    return new ConfigNode(ConfigKind.Object, "", source) { Fields = ReadMembers(ref reader, path) };
                case JsonTokenType.StartArray:
                    return new ConfigNode(ConfigKind.List, "", source) { Items = ReadItems(ref reader, path) };
                case JsonTokenType.String:
                    return new ConfigNode(ConfigKind.Text, reader.GetString()!, source);
                case JsonTokenType.Number:
                    return new ConfigNode(ConfigKind.Number, Plain(ref reader), source);
                case JsonTokenType.True:
                    return new ConfigNode(ConfigKind.Boolean, "true", source);
                case JsonTokenType.False:
                    return new ConfigNode(ConfigKind.Boolean, "false", source);
                default:
                    return new ConfigNode(ConfigKind.Null, "", source);
            }
        }

        // 10.0 and 1e3 are whole numbers to JavaScript, which wrote the files until now.
        private static string Plain(ref Utf8JsonReader reader) =>
            reader.TryGetDecimal(out var number) && decimal.IsInteger(number)
                ? decimal.Truncate(number).ToString(CultureInfo.InvariantCulture)
                : Encoding.UTF8.GetString(reader.ValueSpan);

        private OrderedDictionary<string, ConfigNode> ReadMembers(ref Utf8JsonReader reader, string path)
        {
            var members = new OrderedDictionary<string, ConfigNode>(StringComparer.Ordinal);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                var inner = path.Length == 0 ? name : $"{path}.{name}";
                reader.Read();
                var value = ReadValue(ref reader, inner);
                if (members.TryAdd(name, value))
                    continue;
                report.Errors.Add($"{SettingsReport.Quote(inner)} ({value.Source}) stands there a second time; "
                    + $"the first is at {members[name].Source}; keep one of them");
            }

            return members;
        }

        private List<ConfigNode> ReadItems(ref Utf8JsonReader reader, string path)
        {
            var items = new List<ConfigNode>();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                items.Add(ReadValue(ref reader, string.Create(CultureInfo.InvariantCulture, $"{path}[{items.Count}]")));
            return items;
        }

        private string SourceOf(long index) => string.Create(
            CultureInfo.InvariantCulture, $"{file}, line {_content[..(int)index].Count((byte)'\n') + 1}");
    }
}
