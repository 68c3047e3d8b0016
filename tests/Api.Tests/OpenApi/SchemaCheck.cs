using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ActorBalancer.Api.Tests.OpenApi;

/// <summary>Holds a value against a schema of the description. What the description uses of JSON Schema is known here,
/// and one thing is stricter: an object has no members but those that its schema names, unless it says otherwise.
/// </summary>
internal sealed class SchemaCheck(JsonElement document)
{
    /// <summary>What is wrong with a value, each with its place; empty when nothing is.</summary>
    public IReadOnlyList<string> Check(JsonElement value, JsonElement schema)
    {
        var faults = new List<string>();
        Check(value, schema, "$", isOpen: false, faults);
        return faults;
    }

    /// <summary>What a reference leads to; the element itself when it is none.</summary>
    public JsonElement Resolve(JsonElement element)
    {
        while (element.ValueKind == JsonValueKind.Object && element.TryGetProperty("$ref", out var reference))
        {
            var at = document;
            foreach (var part in reference.GetString()!.TrimStart('#', '/').Split('/'))
                at = at.GetProperty(part.Replace("~1", "/", StringComparison.Ordinal));
            element = at;
        }

        return element;
    }

    private void Check(JsonElement value, JsonElement schema, string place, bool isOpen, List<string> faults)
    {
        schema = Resolve(schema);
        if (schema.TryGetProperty("allOf", out var all))
        {
            foreach (var one in all.EnumerateArray())
                Check(value, one, place, isOpen, faults);
            isOpen = true;
        }

        if (schema.TryGetProperty("anyOf", out var any)
            && !any.EnumerateArray().Any(one => Check(value, one).Count == 0))
        {
            faults.Add($"{place} is none of those that it may be: {value}");
        }

        if (schema.TryGetProperty("type", out var type) && !IsOfType(value, type))
            faults.Add($"{place} must be {type} but is {value}");
        if (schema.TryGetProperty("const", out var constant) && !JsonElement.DeepEquals(constant, value))
            faults.Add($"{place} must be {constant} but is {value}");
        if (schema.TryGetProperty("enum", out var words)
            && !words.EnumerateArray().Any(word => JsonElement.DeepEquals(word, value)))
        {
            faults.Add($"{place} must be one of {words} but is {value}");
        }

        if (value.ValueKind == JsonValueKind.Object)
            CheckMembers(value, schema, place, isOpen, faults);
        else if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out var items))
            CheckItems(value, items, place, faults);
        else if (value.ValueKind == JsonValueKind.Number)
            CheckNumber(value.GetDouble(), schema, place, faults);
        else if (value.ValueKind == JsonValueKind.String)
            CheckText(value.GetString()!, schema, place, faults);
    }

    private void CheckMembers(JsonElement value, JsonElement schema, string place, bool isOpen, List<string> faults)
    {
        if (schema.TryGetProperty("required", out var required))
        {
            faults.AddRange(required.EnumerateArray().Select(static name => name.GetString()!)
                .Where(name => !value.TryGetProperty(name, out _))
                .Select(name => $"{place} lacks '{name}'"));
        }

        var hasMembers = schema.TryGetProperty("properties", out var members);
        var hasRest = schema.TryGetProperty("additionalProperties", out var rest);
        foreach (var member in value.EnumerateObject())
        {
            var at = $"{place}.{member.Name}";
            if (hasMembers && members.TryGetProperty(member.Name, out var known))
                Check(member.Value, known, at, isOpen: false, faults);
            else if (hasRest && rest.ValueKind == JsonValueKind.Object)
                Check(member.Value, rest, at, isOpen: false, faults);
            else if (!hasRest && hasMembers && !isOpen)
                faults.Add($"{at} is not described");
        }
    }

    private void CheckItems(JsonElement value, JsonElement items, string place, List<string> faults)
    {
        var index = 0;
        foreach (var item in value.EnumerateArray())
            Check(item, items, $"{place}[{index++}]", isOpen: false, faults);
    }

    private static void CheckNumber(double value, JsonElement schema, string place, List<string> faults)
    {
        if (schema.TryGetProperty("minimum", out var min) && value < min.GetDouble())
            faults.Add($"{place} must be at least {min} but is {value}");
        if (schema.TryGetProperty("maximum", out var max) && value > max.GetDouble())
            faults.Add($"{place} must be at most {max} but is {value}");
    }

    private static void CheckText(string value, JsonElement schema, string place, List<string> faults)
    {
        if (schema.TryGetProperty("pattern", out var pattern)
            && !Regex.IsMatch(value, pattern.GetString()!, RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)))
        {
            faults.Add($"{place} must match {pattern} but is {value}");
        }

        if (schema.TryGetProperty("format", out var format) && format.GetString() == "date-time"
            && !DateTimeOffset.TryParseExact(
                value, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
        {
            faults.Add($"{place} must be a moment with milliseconds but is {value}");
        }
    }

    private static bool IsOfType(JsonElement value, JsonElement type) => type.ValueKind == JsonValueKind.Array
        ? type.EnumerateArray().Any(one => IsOfType(value, one))
        : type.GetString() switch
        {
            "object" => value.ValueKind == JsonValueKind.Object,
            "array" => value.ValueKind == JsonValueKind.Array,
            "string" => value.ValueKind == JsonValueKind.String,
            "number" => value.ValueKind == JsonValueKind.Number,
            "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "null" => value.ValueKind == JsonValueKind.Null,
            _ => false,
        };
}
