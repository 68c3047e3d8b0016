using System.Text;
using System.Text.Json;

namespace ActorBalancer.Engine.Workers.Contracts;

/// <summary>
/// Writes JSON in one form for all spellings of the same schema: members sorted by name (ordinal), no white space,
/// numbers by value, strings by content and not by how they were escaped. Of a member that occurs twice the last one
/// counts, as in JavaScript.
/// </summary>
/// <remarks>
/// The order of arrays counts, with one exception: <c>enum</c> of a parameter or of a schema inside it lists the values
/// that are allowed, which is a set, so it is sorted and freed of duplicates. Inside <c>default</c> and <c>const</c>,
/// which are values and not schemas, there is no such exception.
/// </remarks>
internal sealed class CanonicalJson
{
    private const string Unreadable = "hold text that is no valid Unicode";

    private readonly StringBuilder _text = new();
    private readonly int _lengthMax;

    private CanonicalJson(int lengthMax) => _lengthMax = lengthMax;

    /// <summary>What a value is, which decides whether its arrays have an order.</summary>
    private enum Role
    {
        /// <summary>The parameters of a function or the properties of a schema: the members are their names.</summary>
        Parameters,

        /// <summary>A schema, such as a parameter: its members are keywords.</summary>
        Schema,

        /// <summary>The allowed values of a schema.</summary>
        AllowedValues,

        /// <summary>Data, such as a default.</summary>
        Data,
    }

    private static string TooDeep => $"nest deeper than {ContractLimits.DepthMax} levels";

    private static string TooLong =>
        $"make the interface longer than {ContractLimits.LengthMax} characters in canonical form";

    /// <summary>Writes the parameters of a function.</summary>
    /// <param name="parameters">The value as the worker sent it.</param>
    /// <param name="lengthMax">Most characters that the canonical form may have.</param>
    /// <param name="canonical">The form; empty when there is a fault.</param>
    /// <returns>
    /// Null when all is well, else what is wrong, as the end of a sentence that begins with "its parameters".
    /// </returns>
    public static string? TryWrite(JsonElement parameters, int lengthMax, out string canonical)
    {
        var writer = new CanonicalJson(lengthMax);
        string? fault = writer.Write(parameters, Role.Parameters, 1);
        canonical = fault is null ? writer._text.ToString() : string.Empty;
        return fault;
    }

    private string? Write(JsonElement value, Role role, int depth)
    {
        string? fault = null;
        switch (value.ValueKind)
        {
            case JsonValueKind.Object or JsonValueKind.Array when depth > ContractLimits.DepthMax:
                return TooDeep;
            case JsonValueKind.Object:
                fault = WriteObject(value, role, depth);
                break;
            case JsonValueKind.Array when role == Role.AllowedValues:
                fault = WriteSet(value, depth);
                break;
            case JsonValueKind.Array:
                fault = WriteArray(value, role, depth);
                break;
            case JsonValueKind.String:
                fault = WriteString(value);
                break;
            case JsonValueKind.Number:
                CanonicalNumber.Append(_text, value.GetRawText());
                break;
            default:
                _text.Append(value.GetRawText());
                break;
        }

        return fault ?? (_text.Length > _lengthMax ? TooLong : null);
    }

    private string? WriteObject(JsonElement value, Role role, int depth)
    {
        var members = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (JsonProperty property in value.EnumerateObject())
        {
            if (!TryRead(property, static p => p.Name, out string name))
                return Unreadable;
            members[name] = property.Value;
        }

        _text.Append('{');
        foreach ((string name, JsonElement member) in members)
        {
            if (_text[^1] != '{')
                _text.Append(',');
            SafeText.AppendQuoted(_text, name, '"');
            _text.Append(':');
            if (Write(member, RoleOf(name, role), depth + 1) is { } fault)
                return fault;
        }

        _text.Append('}');
        return null;
    }

    private string? WriteArray(JsonElement value, Role role, int depth)
    {
        // The elements of a list of parameters are schemas; those of a schema's lists (anyOf...) are too.
        Role inner = role == Role.Parameters ? Role.Schema : role;
        int start = _text.Length;
        _text.Append('[');
        foreach (JsonElement element in value.EnumerateArray())
        {
            if (_text.Length > start + 1)
                _text.Append(',');
            if (Write(element, inner, depth + 1) is { } fault)
                return fault;
        }

        _text.Append(']');
        return null;
    }

    private string? WriteSet(JsonElement value, int depth)
    {
        var elements = new SortedSet<string>(StringComparer.Ordinal);
        int room = _lengthMax - _text.Length;
        foreach (JsonElement element in value.EnumerateArray())
        {
            var writer = new CanonicalJson(room);
            if (writer.Write(element, Role.Data, depth + 1) is { } fault)
                return fault;
            if (elements.Add(writer._text.ToString()))
                room -= writer._text.Length;
        }

        _text.Append('[').AppendJoin(',', elements).Append(']');
        return null;
    }

    private string? WriteString(JsonElement value)
    {
        if (!TryRead(value, static v => v.GetString()!, out string content))
            return Unreadable;
        SafeText.AppendQuoted(_text, content, '"');
        return null;
    }

    private static Role RoleOf(string member, Role parent) => (parent, member) switch
    {
        (Role.Parameters, _) => Role.Schema,
        (Role.Schema, "enum") => Role.AllowedValues,
        (Role.Schema, "default" or "const") => Role.Data,
        (Role.Schema, "properties") => Role.Parameters,
        (Role.Schema, _) => Role.Schema,
        _ => Role.Data,
    };

    /// <summary>
    /// Reads text out of a document. The parser lets half a surrogate pair and bytes that are no UTF-8 pass, and only
    /// the attempt to read them throws; there is no way to ask beforehand.
    /// </summary>
    private static bool TryRead<T>(T source, Func<T, string> read, out string text)
    {
        try
        {
            text = read(source);
            return true;
        }
        catch (InvalidOperationException)
        {
            text = string.Empty;
            return false;
        }
    }
}
