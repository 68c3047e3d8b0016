using ActorBalancer.Api.Configuration.Hocon;

namespace ActorBalancer.Api.Configuration.Proxy;

/// <summary>What a value of a configuration file is.</summary>
internal enum ConfigKind
{
    /// <summary>Nothing; counts as not set.</summary>
    Null,

    /// <summary>A scalar of HOCON, whose type is settled by whoever asks for it.</summary>
    Word,

    /// <summary>A string of JSON.</summary>
    Text,

    /// <summary>A number of JSON.</summary>
    Number,

    /// <summary>true or false of JSON.</summary>
    Boolean,

    /// <summary>A list.</summary>
    List,

    /// <summary>An object.</summary>
    Object,
}

/// <summary>A value of a configuration file, of JSON or of HOCON alike. Immutable once its file is read.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The scalar as written; empty for the others.</param>
/// <param name="Source">Where it stands, such as <c>config.json, line 3</c>.</param>
internal sealed record ConfigNode(ConfigKind Kind, string Text, string Source)
{
    /// <summary>The items of a list; empty for the others.</summary>
    public IReadOnlyList<ConfigNode> Items { get; init; } = [];

    /// <summary>The members of an object in their order; empty for the others.</summary>
    public OrderedDictionary<string, ConfigNode> Fields { get; init; } = [];

    /// <summary>What to call it in an error, such as <c>a list</c>.</summary>
    public string KindName => Kind switch
    {
        ConfigKind.Null => "null",
        ConfigKind.Number => "a number",
        ConfigKind.Boolean => "a boolean",
        ConfigKind.List => "a list",
        ConfigKind.Object => "an object",
        _ => "a text",
    };

    /// <summary>The same value of a HOCON file.</summary>
    public static ConfigNode From(HoconValue value)
    {
        var source = $"{value.Origin.File}, line {value.Origin.Line}";
        return value switch
        {
            HoconText text => new ConfigNode(ConfigKind.Word, text.Text, source),
            HoconList list => new ConfigNode(ConfigKind.List, "", source) { Items = [.. list.Items.Select(From)] },
            HoconObject inner => new ConfigNode(ConfigKind.Object, "", source)
            {
                Fields = new OrderedDictionary<string, ConfigNode>(
                    inner.Fields.Select(static field => KeyValuePair.Create(field.Key, From(field.Value))),
                    StringComparer.Ordinal),
            },
            _ => new ConfigNode(ConfigKind.Null, "", source),
        };
    }
}
