using System.Globalization;
using System.Text;

namespace ActorBalancer.Api.Configuration.Hocon;

/// <summary>Reads the three ways to write a text: in quotes, in three quotes, bare.</summary>
internal static class HoconStrings
{
    private const string Triple = "\"\"\"";
    private const string Forbidden = "$\"{}[]:=,+#`^?!@*&\\";

    /// <summary>Reads a text in one or three quotes; the cursor stands on the first quote.</summary>
    public static string ReadQuoted(HoconReader reader)
    {
        if (reader.StartsWith(Triple)) return ReadTriple(reader);
        reader.Next();
        var text = new StringBuilder();
        while (true)
        {
            int next = reader.Peek();
            if (next == '"')
            {
                reader.Next();
                return text.ToString();
            }

            if (next is HoconReader.End or '\n') throw reader.Expected("a closing '\"' on the same line");
            if (next < ' ') throw reader.Expected("a printable character (write a control character as \\uXXXX)");
            if (next == '\\') ReadEscape(reader, text);
            else text.Append(reader.Next());
        }
    }

    /// <summary>Reads a bare text up to a blank, a comment or a character with a meaning of its own.</summary>
    /// <returns>The text; empty when none stands here.</returns>
    public static string ReadBare(HoconReader reader)
    {
        var text = new StringBuilder();
        while (!EndsBare(reader) || IsExponentSign(reader, text)) text.Append(reader.Next());
        return text.ToString();
    }

    /// <summary>Reads the bare text of one key of a path; it ends at a dot too.</summary>
    /// <returns>The text; empty when none stands here.</returns>
    public static string ReadBareKey(HoconReader reader)
    {
        var text = new StringBuilder();
        while (reader.Peek() != '.' && !EndsBare(reader)) text.Append(reader.Next());
        return text.ToString();
    }

    private static bool EndsBare(HoconReader reader)
    {
        int next = reader.Peek();
        return next is HoconReader.End or '\n'
            || HoconReader.IsSpace(next)
            || reader.AtComment
            || Forbidden.Contains((char)next, StringComparison.Ordinal);
    }

    // The plus of 1e+5 is part of the number, though a plus has no place in any other bare text.
    private static bool IsExponentSign(HoconReader reader, StringBuilder text)
    {
        if (reader.Peek() != '+' || text.Length < 2 || text[^1] is not ('e' or 'E')) return false;
        if (reader.Peek(1) is not (>= '0' and <= '9')) return false;
        var number = text.ToString(0, text.Length - 1);
        return double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
    }

    // Nothing is escaped inside three quotes. Quotes beyond three at the end belong to the text.
    private static string ReadTriple(HoconReader reader)
    {
        HoconOrigin start = reader.Origin;
        reader.Skip(Triple.Length);
        var text = new StringBuilder();
        while (!reader.StartsWith(Triple) || reader.Peek(Triple.Length) == '"')
        {
            if (reader.Peek() == HoconReader.End)
            {
                throw new HoconException(
                    start, "expected a closing '\"\"\"' for the text that begins here, found none");
            }

            text.Append(reader.Next());
        }

        reader.Skip(Triple.Length);
        return text.ToString();
    }

    private static void ReadEscape(HoconReader reader, StringBuilder text)
    {
        char plain;
        switch (reader.Peek(1))
        {
            case '"' or '\\' or '/':
                plain = (char)reader.Peek(1);
                break;
            case 'b':
                plain = '\b';
                break;
            case 'f':
                plain = '\f';
                break;
            case 'n':
                plain = '\n';
                break;
            case 'r':
                plain = '\r';
                break;
            case 't':
                plain = '\t';
                break;
            case 'u':
                ReadUnicode(reader, text);
                return;
            default:
                reader.Next();
                throw reader.Expected("one of \" \\ / b f n r t u after '\\'");
        }

        reader.Skip(2);
        text.Append(plain);
    }

    private static void ReadUnicode(HoconReader reader, StringBuilder text)
    {
        reader.Skip(2);
        var value = 0;
        for (var digit = 0; digit < 4; digit++)
        {
            int next = reader.Peek();
            if (next is HoconReader.End || !char.IsAsciiHexDigit((char)next))
                throw reader.Expected("four hexadecimal digits after '\\u'");
            value = (value << 4) | Convert.ToInt32(((char)reader.Next()).ToString(), 16);
        }

        text.Append((char)value);
    }
}
