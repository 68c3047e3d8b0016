namespace ActorBalancer.Cli.Output;

/// <summary>Where a command reads and writes, and what that is. Not thread-safe.</summary>
internal sealed record Terminal
{
    /// <summary>Columns of something that is no terminal: nothing is cut for a file or a pipe.</summary>
    public const int Unbounded = int.MaxValue;

    /// <summary>The standard output.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>The standard error.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Opens the standard input as text; not asked for before it is needed, since that changes the terminal.
    /// </summary>
    public required Func<TextReader> In { get; init; }

    /// <summary>The standard output for bytes that are passed on as they come.</summary>
    public Func<Stream>? OutBytes { get; init; }

    /// <summary>A person sees the standard output.</summary>
    public bool IsOutTerminal { get; init; }

    /// <summary>A person sees the standard error.</summary>
    public bool IsErrorTerminal { get; init; }

    /// <summary>A person can answer.</summary>
    public bool IsInTerminal { get; init; }

    /// <summary>Columns and lines now; asked again whenever something is drawn.</summary>
    public Func<(int Width, int Height)> Size { get; init; } = static () => (80, 24);

    /// <summary>Columns that a line may take.</summary>
    public int Width => IsOutTerminal ? Math.Max(20, Size().Width) : Unbounded;

    /// <summary>Writes one line to the standard error.</summary>
    public void Complain(string message)
    {
        Error.WriteLine("abm: " + SafeText.Clean(message));
        Error.Flush();
    }
}
