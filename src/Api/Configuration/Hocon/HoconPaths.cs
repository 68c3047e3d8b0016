using System.Text;

namespace ActorBalancer.Api.Configuration.Hocon;

/// <summary>Reads a path of keys such as <c>a.b."c.d"</c>: dots part the keys, except inside quotes.</summary>
internal static class HoconPaths
{
    /// <summary>Reads a path; the cursor stands on its first character and is left behind its last.</summary>
    /// <param name="reader">The text.</param>
    /// <param name="what">What the path is, for the error, such as <c>a key</c>.</param>
    public static string[] Read(HoconReader reader, string what)
    {
        var keys = new List<string>();
        var key = new StringBuilder();
        var hasKey = false;
        var spaces = "";
        while (true)
        {
            if (reader.Peek() == '.')
            {
                if (!hasKey) throw reader.Expected(keys.Count == 0 ? what : "a key after '.'");
                reader.Next();
                keys.Add(key.ToString());
                key.Clear();
                hasKey = false;
            }
            else
            {
                bool isQuoted = reader.Peek() == '"';
                string piece = isQuoted ? HoconStrings.ReadQuoted(reader) : HoconStrings.ReadBareKey(reader);
                if (piece.Length == 0 && !isQuoted) break;
                key.Append(spaces).Append(piece);
                hasKey = true;
            }

            // Blanks inside a key belong to it; blanks around a dot do not.
            spaces = reader.ReadSpaces();
            if (!hasKey) spaces = "";
        }

        if (!hasKey) throw reader.Expected(keys.Count == 0 ? what : "a key after '.'");
        keys.Add(key.ToString());
        return [.. keys];
    }
}
