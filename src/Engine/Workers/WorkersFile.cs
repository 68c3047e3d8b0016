using System.Text.Json;

namespace ActorBalancer.Engine.Workers;

/// <summary>Reads <c>workers.json</c>: an array of base URLs, or of objects with a <c>url</c>. Pure.</summary>
public static class WorkersFile
{
    /// <summary>Most entries of a file. Source: ours; each entry is an actor with a poll and a session.</summary>
    public const int EntriesMax = 10_000;

    private static readonly JsonDocumentOptions Options = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        MaxDepth = 8,
    };

    /// <summary>Parses the file's bytes.</summary>
    /// <param name="content">UTF-8, with or without a byte order mark.</param>
    /// <param name="entries">The workers in the order of the file; empty on an error.</param>
    /// <param name="error">What is wrong and where; null when all is well.</param>
    /// <returns>False when any entry is wrong: a file is taken whole or not at all.</returns>
    public static bool TryParse(ReadOnlyMemory<byte> content, out IReadOnlyList<WorkerEntry> entries, out string? error)
    {
        entries = [];
        if (content.Span.StartsWith("\uFEFF"u8))
            content = content[3..];
        try
        {
            using var document = JsonDocument.Parse(content, Options);
            return TryRead(document.RootElement, out entries, out error);
        }
        catch (JsonException exception)
        {
            error = $"not valid JSON at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}";
            return false;
        }
        catch (InvalidOperationException)
        {
            error = "holds a string that is not valid Unicode";
            return false;
        }
    }

    private static bool TryRead(JsonElement root, out IReadOnlyList<WorkerEntry> entries, out string? error)
    {
        entries = [];
        if (root.ValueKind != JsonValueKind.Array)
        {
            error = $"must be an array of URLs, is {Describe(root)}";
            return false;
        }

        if (root.GetArrayLength() > EntriesMax)
        {
            error = $"holds {root.GetArrayLength()} entries, at most {EntriesMax} are allowed";
            return false;
        }

        var list = new List<WorkerEntry>(root.GetArrayLength());
        var urls = new HashSet<string>(StringComparer.Ordinal);
        foreach (var element in root.EnumerateArray())
        {
            if (ReadEntry(element, out var fault) is not { } entry)
            {
                error = $"entry {list.Count + 1}: {fault}";
                return false;
            }

            if (!urls.Add(entry.Url))
            {
                error = $"entry {list.Count + 1}: '{entry.Url}' stands twice";
                return false;
            }

            list.Add(entry);
        }

        entries = list;
        error = null;
        return true;
    }

    private static WorkerEntry? ReadEntry(JsonElement element, out string? fault)
    {
        if (element.ValueKind == JsonValueKind.String)
            return ReadUrl(element.GetString()!, out fault) is { } plain ? new WorkerEntry(plain) : null;
        if (element.ValueKind != JsonValueKind.Object)
        {
            fault = $"must be a URL or an object with a url, is {Describe(element)}";
            return null;
        }

        string? url = null, key = null, zone = null;
        var weight = 1;
        foreach (var member in element.EnumerateObject())
        {
            fault = member.Name switch
            {
                "url" => ReadString(member, out url),
                "authKey" => ReadString(member, out key),
                "zone" => ReadString(member, out zone),
                "weight" => ReadWeight(member.Value, out weight),
                _ => $"member '{member.Name}' is unknown; allowed: url, authKey, weight, zone",
            };
            if (fault is not null)
                return null;
        }

        if (url is null)
        {
            fault = "member 'url' is missing";
            return null;
        }

        return ReadUrl(url, out fault) is { } read ? new WorkerEntry(read, key, weight, zone) : null;
    }

    private static string? ReadString(JsonProperty member, out string? value)
    {
        value = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : null;
        return value is null ? $"member '{member.Name}' must be a string, is {Describe(member.Value)}" : null;
    }

    private static string? ReadWeight(JsonElement value, out int weight)
    {
        weight = 1;
        var valid = value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out weight)
            && weight is >= 1 and <= WorkerEntry.WeightMax;
        return valid ? null : $"member 'weight' must be a whole number from 1 to {WorkerEntry.WeightMax}";
    }

    private static string? ReadUrl(string text, out string? fault)
    {
        var valid = Uri.TryCreate(text, UriKind.Absolute, out var uri)
            && uri.Scheme is "http" or "https"
            && uri.Host.Length > 0
            && uri.Query.Length == 0
            && uri.Fragment.Length == 0
            && uri.UserInfo.Length == 0;
        fault = valid ? null : $"'{text}' is not an http or https URL without user, query and fragment";
        return valid ? text.TrimEnd('/') : null;
    }

    private static string Describe(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        _ => "null",
    };
}
