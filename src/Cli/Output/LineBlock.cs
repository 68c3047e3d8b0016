using Spectre.Console;
using Spectre.Console.Rendering;

namespace ActorBalancer.Cli.Output;

/// <summary>Lines as the console library takes them. Nothing is wrapped and nothing is read as markup.</summary>
internal sealed class LineBlock(IEnumerable<Line> lines) : Renderable
{
    private static readonly Style[] Styles = MakeStyles();

    /// <summary>Code that follows each line, and what comes after the last one; null for none.</summary>
    public (string EachLine, string AtEnd)? Controls { get; init; }

    /// <inheritdoc/>
    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        var isFirst = true;
        foreach (var line in lines)
        {
            if (!isFirst)
                yield return Segment.LineBreak;
            isFirst = false;
            foreach (var piece in line.Pieces)
                yield return new Segment(piece.Text, Styles[(int)piece.Tone]);
            if (Controls is { } each)
                yield return Segment.Control(each.EachLine);
        }

        if (Controls is { } controls)
            yield return Segment.Control(controls.AtEnd);
        else if (!isFirst)
            yield return Segment.LineBreak;
    }

    private static Style[] MakeStyles()
    {
        var styles = new Style[Enum.GetValues<Tone>().Length];
        styles[(int)Tone.Plain] = Style.Plain;
        styles[(int)Tone.Head] = new Style(decoration: Decoration.Bold);
        styles[(int)Tone.Dim] = new Style(foreground: Color.Grey);
        styles[(int)Tone.Good] = new Style(foreground: Color.Green);
        styles[(int)Tone.Warn] = new Style(foreground: Color.Olive);
        styles[(int)Tone.Bad] = new Style(foreground: Color.Maroon, decoration: Decoration.Bold);
        styles[(int)Tone.Accent] = new Style(foreground: Color.Teal);
        return styles;
    }
}
