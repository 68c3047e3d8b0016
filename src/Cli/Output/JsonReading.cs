using System.Globalization;
using System.Text.Json;

namespace ActorBalancer.Cli.Output;

/// <summary>Reads members of what the balancer answered. What is missing or of another kind counts as not there, so
/// that a balancer of another version can be looked at all the same.</summary>
internal static class JsonReading
{
    /// <summary>The member; undefined when there is none.</summary>
    public static JsonElement At(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) ? value : default;

    /// <summary>A text, or a number or truth value as text; null for anything else.</summary>
    public static string? Text(this JsonElement json, string name) => json.At(name).Text();

    /// <summary>The same of a value.</summary>
    public static string? Text(this JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => Unescape(json),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => json.GetRawText(),
        _ => null,
    };

    /// <summary>A number; null when it is none.</summary>
    public static double? Number(this JsonElement json, string name) =>
        json.At(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out var number)
            ? number
            : null;

    /// <summary>True only when the member is true.</summary>
    public static bool Flag(this JsonElement json, string name) => json.At(name).ValueKind == JsonValueKind.True;

    /// <summary>The elements of an array; none when it is none.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement json, string name)
    {
        var array = json.At(name);
        return array.ValueKind == JsonValueKind.Array ? array.EnumerateArray() : [];
    }

    /// <summary>A moment; null when it is none.</summary>
    public static DateTimeOffset? Moment(this JsonElement json, string name) =>
        DateTimeOffset.TryParse(
            json.Text(name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)
            ? moment
            : null;

    /// <summary>Texts of an array, with commas.</summary>
    public static string List(this JsonElement json, string name) =>
        string.Join(", ", json.Items(name).Select(static item => item.Text()));

    // An escaped lone surrogate is no text that a string could be made of.
    private static string Unescape(JsonElement json)
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return json.GetRawText();
        }
    }
}
