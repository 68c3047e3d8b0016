using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ActorBalancer.Api.Tasks;

/// <summary>Small questions about raw JSON text.</summary>
internal static class JsonText
{
    /// <summary>Most bytes of a client's value that an error message repeats.</summary>
    public const int QuotedBytesMax = 40;

    private const int EscapeLength = 6; // backslash, u, four digits

    /// <summary>True when a string holds half of a surrogate pair: it stands for no text, and readers differ in what
    /// they make of it.</summary>
    /// <param name="raw">The string as it stands in the document, without quotes, its escapes well formed.</param>
    public static bool HasLoneSurrogate(ReadOnlySpan<byte> raw)
    {
        while (true)
        {
            var at = raw.IndexOf((byte)'\\');
            if (at < 0)
                return false;
            raw = raw[at..];
            if (raw[1] != 'u')
            {
                raw = raw[2..];
                continue;
            }

            var unit = CodeUnit(raw);
            raw = raw[EscapeLength..];
            if (char.IsLowSurrogate(unit))
                return true;
            if (!char.IsHighSurrogate(unit))
                continue;
            if (raw.Length < EscapeLength || raw[0] != '\\' || raw[1] != 'u' || !char.IsLowSurrogate(CodeUnit(raw)))
                return true;
            raw = raw[EscapeLength..];
        }
    }

    /// <summary>The value on which <paramref name="reader"/> stands, for an error message: shortened, and of objects
    /// and arrays only the kind.</summary>
    public static string Describe(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => $"\"{Shorten(reader.ValueSpan)}\"",
        _ => Shorten(reader.ValueSpan),
    };

    /// <summary>The first <see cref="QuotedBytesMax"/> bytes of valid UTF-8, with dots for the rest. Cut between
    /// characters.</summary>
    public static string Shorten(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length <= QuotedBytesMax)
            return Encoding.UTF8.GetString(utf8);
        var end = QuotedBytesMax;
        while ((utf8[end] & 0xC0) == 0x80)
            end--;
        return Encoding.UTF8.GetString(utf8[..end]) + "...";
    }

    private static char CodeUnit(ReadOnlySpan<byte> escape) =>
        (char)ushort.Parse(escape.Slice(2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
