namespace ActorBalancer.Api.Configuration.Hocon;

/// <summary>A value as it was written, before substitution. Owned by one parse; changed only while parsing.</summary>
internal abstract class HoconSyntax(HoconOrigin origin)
{
    public HoconOrigin Origin { get; } = origin;
}

/// <summary>One piece of text. <see cref="IsSpace"/> marks the blanks between two joined pieces.</summary>
internal sealed class LiteralSyntax(HoconOrigin origin, string text, bool isQuoted, bool isSpace = false)
    : HoconSyntax(origin)
{
    public string Text { get; } = text;

    public bool IsSpace { get; } = isSpace;

    /// <summary>The bare word null; in quotes it is text.</summary>
    public bool IsNull { get; } = !isQuoted && text == "null";
}

internal sealed class ListSyntax(HoconOrigin origin, List<HoconSyntax> items) : HoconSyntax(origin)
{
    public List<HoconSyntax> Items { get; } = items;
}

/// <summary><c>${path}</c> or <c>${?path}</c>.</summary>
internal sealed class SubstitutionSyntax(HoconOrigin origin, string[] path, int prefixLength, bool isOptional)
    : HoconSyntax(origin)
{
    /// <summary>From the root, with the place where the file was included in front.</summary>
    public string[] Path { get; } = path;

    /// <summary>How many keys of <see cref="Path"/> come from the place of inclusion.</summary>
    public int PrefixLength { get; } = prefixLength;

    public bool IsOptional { get; } = isOptional;

    /// <summary>As the user wrote it.</summary>
    public string Written => string.Join('.', Path[PrefixLength..]);
}

/// <summary>Two or more pieces side by side on one line: joined texts, lists or objects.</summary>
internal sealed class ConcatenationSyntax(HoconOrigin origin, List<HoconSyntax> parts) : HoconSyntax(origin)
{
    public List<HoconSyntax> Parts { get; } = parts;
}

internal sealed class ObjectSyntax(HoconOrigin origin) : HoconSyntax(origin)
{
    public OrderedDictionary<string, FieldSyntax> Fields { get; } = [];

    /// <summary>Sets a field; what it held before stays below, as far as it can still show.</summary>
    public void Add(string key, HoconSyntax value)
    {
        if (!Fields.TryGetValue(key, out FieldSyntax? field)) Fields[key] = field = new FieldSyntax();
        field.Add(value);
    }

    /// <summary>Adds all fields of <paramref name="newer"/> after the own ones; they win.</summary>
    public void MergeFrom(ObjectSyntax newer)
    {
        foreach ((string key, FieldSyntax field) in newer.Fields)
        {
            foreach (HoconSyntax definition in field.Definitions) Add(key, definition);
        }
    }
}

/// <summary>
/// All that was said about one key, oldest first. More than one definition remains only where a later one may need an
/// earlier one: it refers to it, merges with it, or may turn out to be undefined.
/// </summary>
internal sealed class FieldSyntax
{
    public List<HoconSyntax> Definitions { get; } = [];

    public void Add(HoconSyntax value)
    {
        HoconSyntax? last = Definitions.Count == 0 ? null : Definitions[^1];
        if (value is ObjectSyntax newer && last is ObjectSyntax older)
        {
            older.MergeFrom(newer);
            return;
        }

        // A text hides everything before it, and an object never merges with a text or a list.
        if (value is LiteralSyntax || (value is ObjectSyntax && last is LiteralSyntax)) Definitions.Clear();
        Definitions.Add(value);
    }
}
