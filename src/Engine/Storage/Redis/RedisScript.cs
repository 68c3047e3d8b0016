using System.Text;

namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>A Lua script of this assembly. Runs whole or not at all, as far as other clients see.</summary>
internal sealed class RedisScript
{
    private RedisScript(string name, string text)
    {
        Name = name;
        Text = text;
    }

    /// <summary>Name of its file without the ending, for messages.</summary>
    public string Name { get; }

    /// <summary>The program.</summary>
    public string Text { get; }

    /// <summary>Reads <c>Scripts/name.lua</c>.</summary>
    public static RedisScript Load(string name)
    {
        using var stream = typeof(RedisScript).Assembly.GetManifestResourceStream(name + ".lua")
            ?? throw new InvalidOperationException($"There is no script '{name}'.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return new RedisScript(name, reader.ReadToEnd());
    }
}
