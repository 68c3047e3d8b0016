using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using ActorBalancer.Cli.Commands;

namespace ActorBalancer.Cli;

/// <summary>abm as a function of its arguments.</summary>
internal static class CliApp
{
    private const string Description =
        "Looks into a running balancer and steers it, over HTTP.\n\n"
        + "Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 130 interrupted.";

    /// <summary>Runs one command to its end.</summary>
    /// <param name="arguments">Without the program's name.</param>
    /// <param name="host">What is around it.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> arguments, CliHost host, CancellationToken cancel = default)
    {
        try
        {
            var parse = Parse(arguments, host);
            if (parse.Errors.Count > 0 && parse.Action is null or ParseErrorAction)
                return Refuse(host, parse);
            return await parse.InvokeAsync(
                new InvocationConfiguration
                {
                    Output = host.Terminal.Out,
                    Error = host.Terminal.Error,
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null,
                },
                cancel);
        }
        catch (CliException fault)
        {
            host.Terminal.Complain(fault.Message);
            return fault.ExitCode;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return host.CancelCode();
        }
    }

    /// <summary>Reads a command line. A word that begins with '@' is a word like any other.</summary>
    public static ParseResult Parse(IReadOnlyList<string> arguments, CliHost host) =>
        Build(host).Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });

    /// <summary>The whole command line.</summary>
    public static RootCommand Build(CliHost host)
    {
        var globals = new GlobalOptions();
        var kit = new CommandKit(host, globals);
        var root = new RootCommand(Description);
        foreach (var option in globals.All)
            root.Add(option);
        foreach (var command in AllCommands.Make(kit))
            root.Add(command);
        // The usual one also answers to the spellings of another system, which would only clutter the completion.
        root.Options.Remove(root.Options.OfType<HelpOption>().Single());
        var help = new HelpOption("--help", "-h") { Description = "show help" };
        help.Action = new HelpWithExamples((HelpAction)help.Action!, kit);
        root.Add(help);
        return root;
    }

    private static int Refuse(CliHost host, ParseResult parse)
    {
        // An option that two levels of commands share is judged twice.
        foreach (var message in parse.Errors.Select(static error => error.Message.TrimEnd('.')).Distinct())
            host.Terminal.Complain(message);
        var path = "";
        for (var at = parse.CommandResult; at is not null; at = at.Parent as CommandResult)
            path = (at.Command is RootCommand ? "abm" : " " + at.Command.Name) + path;
        host.Terminal.Error.WriteLine($"See '{path} --help'.");
        return ExitCodes.Usage;
    }
}
