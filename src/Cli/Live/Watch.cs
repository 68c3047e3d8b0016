using ActorBalancer.Cli.Commands;
using ActorBalancer.Cli.Output;

namespace ActorBalancer.Cli.Live;

/// <summary>Shows the same thing again and again until it is interrupted.</summary>
internal static class Watch
{
    private static readonly TimeSpan IntervalDefault = TimeSpan.FromSeconds(2);

    /// <summary>Runs until the session is cancelled. A failure of the first time ends it; later ones are told, and it
    /// goes on.</summary>
    /// <param name="session">The run.</param>
    /// <param name="read">Reads what is shown.</param>
    /// <param name="interval">Time between two readings; null for the default.</param>
    public static async Task<int> RunAsync(Session session, Func<Session, Task<View>> read, TimeSpan? interval)
    {
        using var timer = new PeriodicTimer(interval ?? IntervalDefault, session.Host.Time);
        var terminal = session.Host.Terminal;
        var isScreen = terminal.IsOutTerminal && !session.IsJson;
        Show(session, await read(session), isScreen);
        while (await timer.WaitForNextTickAsync(session.Cancel))
        {
            try
            {
                Show(session, await read(session), isScreen);
            }
            catch (CliException fault)
            {
                terminal.Complain(fault.Message);
            }
        }

        return ExitCodes.Done;
    }

    private static void Show(Session session, View view, bool isScreen)
    {
        var terminal = session.Host.Terminal;
        if (!isScreen)
        {
            CommandKit.Show(session, view);
            if (!session.IsJson)
                terminal.Out.WriteLine();
            return;
        }

        // The last line stays free, so that the terminal does not scroll.
        var (width, height) = terminal.Size();
        var lines = view.Draw(width).Prepend(Line.Of(Figures.Moment(session.Now), Tone.Dim));
        session.Painter.Draw(lines.Take(Math.Max(1, height - 1)).Select(line => line.Cut(width)).Append(new Line()));
    }
}
