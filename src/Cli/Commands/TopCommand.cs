using System.CommandLine;
using ActorBalancer.Cli.Live;

namespace ActorBalancer.Cli.Commands;

/// <summary><c>abm top</c>: the balancer at work, on a full screen.</summary>
internal static class TopCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Make(CommandKit kit) => kit.Does(
        "top",
        "the balancer at work on a full screen. Keys: q quit, p pause, 1 overview, 2 queues, 3 workers",
        [],
        session =>
        {
            if (!session.Host.Terminal.IsOutTerminal || session.IsJson)
                throw CliException.Usage("top needs a terminal; use 'abm status --watch' for a file or a program");
            return new TopLoop(session).RunAsync();
        },
        "abm top",
        "abm top --profile prod");
}
