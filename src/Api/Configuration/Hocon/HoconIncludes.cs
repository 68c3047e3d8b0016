namespace ActorBalancer.Api.Configuration.Hocon;

/// <summary>One include statement.</summary>
/// <param name="Origin">Where its file name stands.</param>
/// <param name="File">The name as written; relative to the directory of the including file.</param>
/// <param name="IsRequired">Whether a missing file is an error.</param>
internal sealed record HoconInclude(HoconOrigin Origin, string File, bool IsRequired);

/// <summary>
/// Reads <c>include "name"</c>, <c>include required("name")</c> and both with <c>file(...)</c> around the name.
/// </summary>
internal static class HoconIncludes
{
    private const string Word = "include";

    /// <summary>Whether the bare word include, and not a longer key, stands at the cursor.</summary>
    public static bool StandsHere(HoconReader reader)
    {
        if (!reader.StartsWith(Word)) return false;
        int next = reader.Peek(Word.Length);
        return next is HoconReader.End or '\n' or '"' or '=' or ':' or '{' or '+' || HoconReader.IsSpace(next);
    }

    /// <summary>Reads the statement; the cursor stands on the word include.</summary>
    /// <exception cref="HoconException">Something else follows than a name in quotes.</exception>
    public static HoconInclude Read(HoconReader reader)
    {
        reader.Skip(Word.Length);
        reader.SkipBlank();
        bool isRequired = TryOpen(reader, "required(");
        bool isFile = TryOpen(reader, "file(");
        if (reader.StartsWith("url(") || reader.StartsWith("classpath("))
            throw reader.Expected("a file name in quotes after 'include' (only files can be included)");
        if (reader.Peek() != '"')
            throw reader.Expected("a file name in quotes after 'include' (a key of that name needs quotes)");
        HoconOrigin origin = reader.Origin;
        string name = HoconStrings.ReadQuoted(reader);
        if (name.Length == 0 || name.Contains('\0', StringComparison.Ordinal))
            throw new HoconException(origin, "expected the name of a file, found an empty or impossible one");
        if (isFile) Close(reader);
        if (isRequired) Close(reader);
        return new HoconInclude(origin, name, isRequired);
    }

    private static bool TryOpen(HoconReader reader, string word)
    {
        if (!reader.StartsWith(word)) return false;
        reader.Skip(word.Length);
        reader.SkipBlank();
        return true;
    }

    private static void Close(HoconReader reader)
    {
        reader.SkipBlank();
        if (reader.Peek() != ')') throw reader.Expected("')' after the name of the included file");
        reader.Next();
    }
}
