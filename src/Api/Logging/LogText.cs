using System.Globalization;
using System.Text;

namespace ActorBalancer.Api.Logging;

/// <summary>
/// Makes any text safe to stand in one line of a log or a terminal: what would break the line, move the cursor or
/// turn the reading direction is written as an escape. A backslash itself stays as it is, so that paths and JSON
/// remain readable; an escape in the output may thus also have been sent as its letters.
/// </summary>
internal static class LogText
{
    /// <summary>Escapes a text and cuts it.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="lengthMax">Longest output in UTF-16 units, without the note that it was cut; 1 or more.</param>
    /// <returns>The text itself when nothing in it needs a change.</returns>
    public static string Escape(string text, int lengthMax)
    {
        if (text.Length <= lengthMax && !NeedsEscape(text)) return text;
        var line = new StringBuilder(Math.Min(text.Length, lengthMax) + 32);
        AppendEscaped(line, text, lengthMax);
        return line.ToString();
    }

    /// <summary>
    /// Appends a text, escaped, until <paramref name="line"/> is <paramref name="lengthMax"/> long; says how much was
    /// left off.
    /// </summary>
    public static void AppendEscaped(StringBuilder line, string text, int lengthMax)
    {
        for (var index = 0; index < text.Length; index++)
        {
            char unit = text[index];
            bool isPair = char.IsHighSurrogate(unit) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]);
            int width = isPair ? 2 : WidthOf(unit);
            if (line.Length + width > lengthMax)
            {
                line.Append(CultureInfo.InvariantCulture, $"...(cut, {text.Length - index} more)");
                return;
            }

            if (isPair) line.Append(unit).Append(text[++index]);
            else AppendUnit(line, unit);
        }
    }

    private static bool NeedsEscape(string text)
    {
        for (var index = 0; index < text.Length; index++)
        {
            if (char.IsHighSurrogate(text[index]) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]))
                index++;
            else if (WidthOf(text[index]) > 1)
                return true;
        }

        return false;
    }

    private static void AppendUnit(StringBuilder line, char unit)
    {
        switch (WidthOf(unit))
        {
            case 1:
                line.Append(unit);
                break;
            case 2:
                line.Append('\\').Append(unit switch { '\r' => 'r', '\n' => 'n', _ => 't' });
                break;
            default:
                line.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
                break;
        }
    }

    /// <summary>How many characters a unit takes in the output: 1 as it is, 2 as \n, 6 as \u001b.</summary>
    private static int WidthOf(char unit) => unit switch
    {
        '\r' or '\n' or '\t' => 2,
        < ' ' or (>= '\u007f' and <= '\u009f') => 6,
        // Line and paragraph separator; marks, embeddings, overrides and isolates of reading direction; a stray
        // byte order mark; half a surrogate pair.
        '\u2028' or '\u2029' or '\u061c' or '\u200e' or '\u200f' or '\ufeff' => 6,
        (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069') => 6,
        (>= '\ud800' and <= '\udfff') => 6,
        _ => 1,
    };
}
