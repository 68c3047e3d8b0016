using System.Globalization;
using System.Text;

namespace ActorBalancer.Engine.Workers.Contracts;

/// <summary>Makes text of a stranger fit for one line of a log, a header or a page of plain text.</summary>
internal static class SafeText
{
    /// <summary>Put where something was left out.</summary>
    public const string Ellipsis = "...";

    /// <summary>
    /// Appends <paramref name="value"/> between <paramref name="quote"/> marks. The quote and the backslash are
    /// escaped, and as \uXXXX all that breaks a line or changes how others are shown: control and format characters
    /// (such as the marks that turn the direction of writing), separators, halves of surrogate pairs.
    /// </summary>
    /// <remarks>With <c>"</c> the outcome is a JSON string, and different values give different outcomes.</remarks>
    public static void AppendQuoted(StringBuilder text, ReadOnlySpan<char> value, char quote)
    {
        text.Append(quote);
        while (!value.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(value, out Rune rune, out int used) != System.Buffers.OperationStatus.Done
                || MustEscape(rune))
            {
                foreach (char unit in value[..used])
                    text.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
            }
            else if (rune.Value == quote || rune.Value == '\\')
            {
                text.Append('\\').Append(value[0]);
            }
            else
            {
                text.Append(value[..used]);
            }

            value = value[used..];
        }

        text.Append(quote);
    }

    /// <summary>The first <paramref name="lengthMax"/> characters, with an ellipsis if something is cut off.</summary>
    public static string Cut(string text, int lengthMax) =>
        text.Length <= lengthMax ? text : string.Concat(Slice(text, 0, lengthMax - Ellipsis.Length), Ellipsis);

    /// <summary>A part of the text that does not begin or end inside a surrogate pair.</summary>
    public static ReadOnlySpan<char> Slice(string text, int start, int length)
    {
        int end = Math.Min(text.Length, start + length);
        if (start > 0 && start < end && char.IsLowSurrogate(text[start]))
            start++;
        if (end < text.Length && end > start && char.IsHighSurrogate(text[end - 1]))
            end--;
        return text.AsSpan(start, end - start);
    }

    private static bool MustEscape(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control
        or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned;
}
