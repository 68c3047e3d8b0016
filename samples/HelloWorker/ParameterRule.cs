using System.Text.Json;
using System.Text.Json.Nodes;

namespace ActorBalancer.HelloWorker;

/// <summary>One parameter of a function, as <c>/health</c> shows it and as calls are checked against it.</summary>
/// <param name="Name">Its name in the task's <c>input</c>.</param>
/// <param name="Type"><c>string</c> or <c>number</c>.</param>
/// <param name="Required">Whether a call without it is refused.</param>
internal sealed record ParameterRule(string Name, string Type, bool Required)
{
    /// <summary>Least number allowed; null for no limit.</summary>
    public int? Min { get; init; }

    /// <summary>Greatest number allowed; null for no limit.</summary>
    public int? Max { get; init; }

    /// <summary>Says what is wrong with a call's input: null when nothing is.</summary>
    /// <exception cref="InvalidOperationException">A text in it is not Unicode: half a surrogate pair.</exception>
    public static string? Check(IReadOnlyList<ParameterRule> rules, JsonElement input)
    {
        foreach (var member in input.EnumerateObject())
        {
            if (rules.All(rule => rule.Name != member.Name))
                return $"Parameter '{Shown(member.Name)}' is unknown; known are {string.Join(", ",
                    rules.Select(rule => $"'{rule.Name}'"))}";
        }

        foreach (var rule in rules)
        {
            var fault = input.TryGetProperty(rule.Name, out var value) ? rule.Check(value)
                : rule.Required ? $"Parameter '{rule.Name}' is missing" : null;
            if (fault is not null)
                return fault;
        }

        return null;
    }

    /// <summary>The schema of one parameter.</summary>
    public JsonObject ToJson()
    {
        var schema = new JsonObject { ["type"] = Type, ["required"] = Required };
        if (Min is { } min)
            schema["min"] = min;
        if (Max is { } max)
            schema["max"] = max;
        return schema;
    }

    private string? Check(JsonElement value)
    {
        var found = value.ValueKind switch
        {
            JsonValueKind.String => "string",
            JsonValueKind.Number => "number",
            JsonValueKind.True or JsonValueKind.False => "boolean",
            JsonValueKind.Array => "array",
            JsonValueKind.Object => "object",
            _ => "null",
        };
        if (found != Type)
            return $"Parameter '{Name}' is of type {found}, but must be {Type}";
        if (Type == "string")
            value.GetString();
        if (Type != "number")
            return null;
        var number = value.GetDouble();
        if (number < Min)
            return $"Parameter '{Name}' is below its least value {Min}";
        return number > Max ? $"Parameter '{Name}' is above its greatest value {Max}" : null;
    }

    // A name comes from the caller: a long one must not make a long answer.
    private static string Shown(string name) => name.Length <= 64 ? name : name[..64] + "...";
}
