using Spectre.Console;

namespace ActorBalancer.Cli.Output;

/// <summary>A piece of a line. Its text is safe for a terminal whatever it was made of.</summary>
internal readonly struct Piece
{
    /// <summary>A piece; control characters and terminal escapes are taken out of the text.</summary>
    public Piece(string? text, Tone tone = Tone.Plain)
    {
        Text = SafeText.Clean(text);
        Tone = tone;
    }

    /// <summary>What is shown.</summary>
    public string Text { get; }

    /// <summary>What it means.</summary>
    public Tone Tone { get; }

    /// <summary>Columns that it takes in a terminal: two for a wide character.</summary>
    public int Width => WidthOf(Text);

    /// <summary>A text that means nothing special.</summary>
    public static implicit operator Piece(string? text) => new(text);

    /// <summary>The piece in at most so many columns; what was cut off is shown by a last "…".</summary>
    public Piece Cut(int width)
    {
        if (Width <= width)
            return this;
        if (width <= 0)
            return new Piece("", Tone);
        var used = 0;
        var length = 0;
        foreach (var rune in Text.EnumerateRunes())
        {
            var step = WidthOf(rune.ToString());
            if (used + step > width - 1)
                break;
            used += step;
            length += rune.Utf16SequenceLength;
        }

        return new Piece(string.Concat(Text.AsSpan(0, length), "…"), Tone);
    }

    private static int WidthOf(string text)
    {
        foreach (var each in text)
        {
            if (each is < ' ' or > '~')
                return text.GetCellWidth();
        }

        return text.Length;
    }
}
