using System.CommandLine;
using ActorBalancer.Cli.Live;
using ActorBalancer.Cli.Output;

namespace ActorBalancer.Cli.Commands;

/// <summary>Puts commands together. Not thread-safe.</summary>
/// <param name="host">What is around the commands.</param>
/// <param name="globals">The options of every command.</param>
internal sealed class CommandKit(CliHost host, GlobalOptions globals)
{
    private readonly Dictionary<Command, string[]> _examples = [];

    /// <summary>Lines that show how a command is used; none when there are none.</summary>
    public IReadOnlyList<string> ExamplesOf(Command command) => _examples.GetValueOrDefault(command) ?? [];

    /// <summary>A command that holds others. The first of them is what it does when none is named.</summary>
    public Command Group(string name, string description, params Command[] commands)
    {
        var group = new Command(name, description);
        foreach (var command in commands)
            group.Add(command);
        var first = commands[0];
        foreach (var option in first.Options)
            group.Add(option);
        if (first.Arguments.Count == 0)
            group.Action = first.Action;
        _examples[group] = [.. commands.Select(ExamplesOf).Where(static lines => lines.Count > 0)
            .Select(static lines => lines[0])];
        return group;
    }

    /// <summary>A command that reads something and shows it, once or again and again.</summary>
    public Command Shows(
        string name,
        string description,
        IEnumerable<Symbol> symbols,
        Func<Session, Task<View>> read,
        params string[] examples)
    {
        var command = Make(name, description, symbols, examples);
        command.SetAction((parse, cancel) => RunAsync(parse, async session =>
        {
            if (parse.GetResult(globals.Watch) is { Implicit: false })
                return await Watch.RunAsync(session, read, parse.GetValue(globals.Watch));
            var view = await read(session);
            Show(session, view);
            return view.ExitCode;
        }, cancel));
        return command;
    }

    /// <summary>A command that does something, and gives the exit code.</summary>
    public Command Does(
        string name,
        string description,
        IEnumerable<Symbol> symbols,
        Func<Session, Task<int>> act,
        params string[] examples)
    {
        var command = Make(name, description, symbols, examples);
        command.SetAction((parse, cancel) => RunAsync(parse, session =>
        {
            return parse.GetResult(globals.Watch) is { Implicit: false }
                ? throw CliException.Usage($"'{name}' cannot be watched; --watch is for what only reads")
                : act(session);
        }, cancel));
        return command;
    }

    /// <summary>Shows what was read.</summary>
    public static void Show(Session session, View view)
    {
        if (session.IsJson)
            session.WriteJson(view.Json);
        else
            session.Painter.Write(view.Draw(session.Host.Terminal.Width));
    }

    private Command Make(string name, string description, IEnumerable<Symbol> symbols, string[] examples)
    {
        var command = new Command(name, description);
        foreach (var symbol in symbols)
        {
            if (symbol is Argument argument)
                command.Add(argument);
            else
                command.Add((Option)symbol);
        }

        _examples[command] = examples;
        return command;
    }

    private async Task<int> RunAsync(ParseResult parse, Func<Session, Task<int>> act, CancellationToken cancel)
    {
        using var session = new Session(host, globals, parse, cancel);
        return await act(session);
    }
}
