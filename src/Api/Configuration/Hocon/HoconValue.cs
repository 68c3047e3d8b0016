namespace ActorBalancer.Api.Configuration.Hocon;

/// <summary>A value after all merging and substitution. Immutable; parts may be shared between values.</summary>
internal abstract class HoconValue(HoconOrigin origin, long weight, int depth)
{
    /// <summary>Where the value was written; for a joined value, where it begins.</summary>
    public HoconOrigin Origin { get; } = origin;

    /// <summary>Values inside plus characters of their texts, shared parts counted as often as they appear.</summary>
    public long Weight { get; } = weight;

    /// <summary>Levels of lists and objects inside; 0 for a text.</summary>
    public int Depth { get; } = depth;

    /// <summary>What to call it in an error, such as <c>a list</c>.</summary>
    public abstract string Kind { get; }
}

/// <summary>A string, number or boolean, as it was written; HOCON settles its type only when it is asked for.</summary>
internal sealed class HoconText(HoconOrigin origin, string text) : HoconValue(origin, 1L + text.Length, 0)
{
    public string Text { get; } = text;

    public override string Kind => "text";
}

/// <summary>The word <c>null</c>: a value that hides what was set before.</summary>
internal sealed class HoconNull(HoconOrigin origin) : HoconValue(origin, 1, 0)
{
    public override string Kind => "null";
}

internal sealed class HoconList(HoconOrigin origin, IReadOnlyList<HoconValue> items)
    : HoconValue(
        origin,
        1 + items.Sum(static item => item.Weight),
        1 + items.Select(static item => item.Depth).DefaultIfEmpty().Max())
{
    public IReadOnlyList<HoconValue> Items { get; } = items;

    public override string Kind => "a list";
}

internal sealed class HoconObject(HoconOrigin origin, OrderedDictionary<string, HoconValue> fields)
    : HoconValue(
        origin,
        1 + fields.Sum(static field => field.Key.Length + field.Value.Weight),
        1 + fields.Select(static field => field.Value.Depth).DefaultIfEmpty().Max())
{
    /// <summary>In the order in which the keys first appeared.</summary>
    public OrderedDictionary<string, HoconValue> Fields { get; } = fields;

    public override string Kind => "an object";

    /// <summary>The value at a path of keys; null when some key of it is missing or is not an object.</summary>
    public HoconValue? Find(ReadOnlySpan<string> path)
    {
        HoconValue value = this;
        foreach (string key in path)
        {
            if (value is not HoconObject inner || !inner.Fields.TryGetValue(key, out HoconValue? next)) return null;
            value = next;
        }

        return value;
    }

    /// <summary>The fields of both; where both have a key, <paramref name="newer"/> wins, objects merge.</summary>
    public static HoconObject Merge(HoconObject older, HoconObject newer)
    {
        var fields = new OrderedDictionary<string, HoconValue>(older.Fields);
        foreach ((string key, HoconValue value) in newer.Fields)
        {
            bool bothObjects = fields.TryGetValue(key, out HoconValue? before)
                && before is HoconObject && value is HoconObject;
            fields[key] = bothObjects ? Merge((HoconObject)before!, (HoconObject)value) : value;
        }

        return new HoconObject(newer.Origin, fields);
    }
}
