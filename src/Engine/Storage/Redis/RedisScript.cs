using System.Security.Cryptography;
using System.Text;

namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>A Lua script of this assembly. Runs whole or not at all, as far as other clients see.</summary>
internal sealed class RedisScript
{
    private RedisScript(string name, string text)
    {
        Name = name;
        Text = text;
        Hash = Digest(text);
    }

    /// <summary>Name of its file without the ending, for messages.</summary>
    public string Name { get; }

    /// <summary>The program.</summary>
    public string Text { get; }

    /// <summary>SHA-1 of the program: the name under which Redis keeps it.</summary>
    public byte[] Hash { get; }

    /// <summary>Reads <c>Scripts/name.lua</c>.</summary>
    /// <param name="name">The script. A first line that begins with <c>#!</c> stays the first one.</param>
    /// <param name="parts">Scripts whose text stands before it, such as <c>task</c>.</param>
    public static RedisScript Load(string name, params ReadOnlySpan<string> parts)
    {
        var text = Read(name);
        var start = text.StartsWith("#!", StringComparison.Ordinal)
            ? text.IndexOf('\n', StringComparison.Ordinal) + 1
            : 0;
        var whole = new StringBuilder(text, 0, start, text.Length + 8192);
        foreach (var part in parts)
            whole.Append(Read(part)).Append('\n');
        return new RedisScript(name, whole.Append(text, start, text.Length - start).ToString());
    }

    private static string Read(string name)
    {
        using var stream = typeof(RedisScript).Assembly.GetManifestResourceStream(name + ".lua")
            ?? throw new InvalidOperationException($"There is no script '{name}'.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

#pragma warning disable CA5350 // Redis names scripts by their SHA-1; nothing rests on its strength.
    private static byte[] Digest(string text) => SHA1.HashData(Encoding.UTF8.GetBytes(text));
#pragma warning restore CA5350
}
