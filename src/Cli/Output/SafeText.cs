using System.Buffers;
using System.Globalization;
using System.Text;

namespace ActorBalancer.Cli.Output;

/// <summary>Makes text of others fit for a terminal: no escape may move the cursor, change colours, or turn the line
/// around. Thread-safe.</summary>
internal static class SafeText
{
    private const char Escape = '\u001b';
    private const char Bell = '\u0007';
    private const char StringEnd = '\u009c';

    // C0, DEL, C1; the marks that turn the direction of writing or part lines; lone surrogates are found on the way.
    private static readonly SearchValues<char> Suspects = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x7f, 0x21))
            .Concat([0x061c, 0x200b, 0x200e, 0x200f, 0x2028, 0x2029, 0xfeff])
            .Concat(Enumerable.Range(0x202a, 5)).Concat(Enumerable.Range(0x2060, 16))
            .Concat(Enumerable.Range(0xd800, 0x800)).Select(static each => (char)each)]);

    /// <summary>The text on one line: escapes are gone, line ends and tabs are spaces, and other characters that
    /// nobody can see are shown as "�".</summary>
    public static string Clean(string? text)
    {
        if (text is null)
            return "";
        var first = text.AsSpan().IndexOfAny(Suspects);
        if (first < 0)
            return text;
        var clean = new StringBuilder(text, 0, first, text.Length);
        for (var i = first; i < text.Length;)
        {
            if (!Suspects.Contains(text[i]))
                clean.Append(text[i++]);
            else if (EscapeLength(text, i) is > 0 and var skipped)
                i += skipped;
            else
                i += Append(clean, text, i);
        }

        return clean.ToString();
    }

    private static int Append(StringBuilder clean, string text, int at)
    {
        if (char.IsSurrogatePair(text, at))
        {
            // The tags (U+E0000...) and other planes' formats are seen by nobody either.
            var isHidden = CharUnicodeInfo.GetUnicodeCategory(text, at)
                is UnicodeCategory.Format or UnicodeCategory.Control;
            clean.Append(isHidden ? "\ufffd" : text.AsSpan(at, 2));
            return 2;
        }

        clean.Append(text[at] is '\n' or '\r' or '\t' or '\v' or '\f' or '\u0085' or '\u2028' or '\u2029'
            ? ' '
            : '\ufffd');
        return text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n' ? 2 : 1;
    }

    // Length of the escape sequence at that place; 0 when there is none. ECMA-48, sections 5.3 to 5.6.
    private static int EscapeLength(string text, int at)
    {
        var kind = text[at];
        var next = at + 1;
        if (kind == Escape && next < text.Length && text[next] is >= '@' and <= '_')
            kind = (char)(text[next++] + 0x40);
        return kind switch
        {
            '\u009b' => ControlEnd(text, next) - at,
            '\u0090' or '\u0098' or '\u009d' or '\u009e' or '\u009f' => StringLength(text, next) - at,
            Escape => Math.Min(next + 1, text.Length) - at,
            >= '\u0080' and < '\u00a0' and not '\u0085' => next - at,
            _ => 0,
        };
    }

    private static int ControlEnd(string text, int at)
    {
        while (at < text.Length && text[at] is >= ' ' and < '@')
            at++;
        return at < text.Length && text[at] is >= '@' and <= '~' ? at + 1 : at;
    }

    // A string that never ends takes the rest with it, as it would in a terminal.
    private static int StringLength(string text, int at)
    {
        for (; at < text.Length; at++)
        {
            if (text[at] is Bell or StringEnd)
                return at + 1;
            if (text[at] == Escape && at + 1 < text.Length && text[at + 1] == '\\')
                return at + 2;
        }

        return at;
    }
}
