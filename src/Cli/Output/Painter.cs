using Spectre.Console;

namespace ActorBalancer.Cli.Output;

/// <summary>Writes lines, in colours where they are wanted. Not thread-safe.</summary>
internal sealed class Painter
{
    private readonly TextWriter _writer;
    private readonly IAnsiConsole? _console;

    /// <summary>A painter.</summary>
    /// <param name="writer">Where the lines go.</param>
    /// <param name="isColored">Whether a terminal that knows colours shows them.</param>
    public Painter(TextWriter writer, bool isColored)
    {
        _writer = writer;
        if (isColored)
            _console = Make(writer);
    }

    /// <summary>Writes lines, each with its end.</summary>
    public void Write(IEnumerable<Line> lines)
    {
        if (_console is not null)
        {
            _console.Write(new LineBlock(lines));
            return;
        }

        foreach (var line in lines)
            _writer.WriteLine(line.ToString());
        _writer.Flush();
    }

    /// <summary>Draws lines over what the terminal shows, from its upper left corner, and wipes the rest.</summary>
    /// <param name="lines">Not more than the terminal has, and none wider.</param>
    public void Draw(IEnumerable<Line> lines)
    {
        var text = new StringWriter { NewLine = "\r\n" };
        if (_console is not null)
        {
            Make(text).Write(new LineBlock(lines) { Controls = (Codes.WipeLine, Codes.WipeRest) });
        }
        else
        {
            text.Write(string.Join(Codes.WipeLine + "\r\n", lines));
            text.Write(Codes.WipeLine + Codes.WipeRest);
        }

        _writer.Write(Codes.Home + text);
        _writer.Flush();
    }

    private static IAnsiConsole Make(TextWriter writer)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = ColorSystemSupport.Standard,
            Interactive = InteractionSupport.No,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = int.MaxValue;
        return console;
    }
}
