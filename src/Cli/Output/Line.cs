namespace ActorBalancer.Cli.Output;

/// <summary>A line of output, made of pieces. Not thread-safe.</summary>
internal sealed class Line
{
    private readonly List<Piece> _pieces = [];

    /// <summary>A line of these pieces.</summary>
    public Line(params ReadOnlySpan<Piece> pieces)
    {
        foreach (var piece in pieces)
            Add(piece);
    }

    /// <summary>From left to right.</summary>
    public IReadOnlyList<Piece> Pieces => _pieces;

    /// <summary>Columns that it takes.</summary>
    public int Width { get; private set; }

    /// <summary>A line of one piece.</summary>
    public static Line Of(string? text, Tone tone = Tone.Plain) => new Line().Add(text, tone);

    /// <summary>Adds text at the end.</summary>
    /// <returns>The line itself.</returns>
    public Line Add(string? text, Tone tone = Tone.Plain) => Add(new Piece(text, tone));

    /// <summary>Adds a piece at the end.</summary>
    /// <returns>The line itself.</returns>
    public Line Add(Piece piece)
    {
        _pieces.Add(piece);
        Width += piece.Width;
        return this;
    }

    /// <summary>Adds spaces until the line takes so many columns; none when it does already.</summary>
    /// <returns>The line itself.</returns>
    public Line PadTo(int width) => width > Width ? Add(new string(' ', width - Width)) : this;

    /// <summary>The line in at most so many columns.</summary>
    public Line Cut(int width)
    {
        if (Width <= width)
            return this;
        var cut = new Line();
        foreach (var piece in _pieces)
        {
            if (cut.Width + piece.Width > width)
                return cut.Add(piece.Cut(width - cut.Width));
            cut.Add(piece);
        }

        return cut;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Concat(_pieces.Select(static piece => piece.Text)).TrimEnd();
}
