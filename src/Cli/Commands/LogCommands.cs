using System.CommandLine;
using System.Text.Json;
using ActorBalancer.Cli.Http;
using ActorBalancer.Cli.Output;

namespace ActorBalancer.Cli.Commands;

/// <summary><c>abm logs</c>.</summary>
internal static class LogCommands
{
    /// <summary>Makes the command.</summary>
    public static Command Make(CommandKit kit)
    {
        var follow = new Option<bool>("--follow", "-f") { Description = "go on as lines come, until interrupted" };
        var level = new Option<string?>("--level", "-l")
        {
            Description = "only lines of that level or above",
            HelpName = "debug|info|warn|error",
        };
        var contains = new Option<string?>("--contains") { Description = "only lines with that text", HelpName = "text" };
        var lines = new Option<int?>("--lines", "-n") { Description = "so many of the last lines", HelpName = "number" };
        return kit.Does(
            "logs",
            "what the balancer has logged",
            [follow, level, contains, lines],
            session =>
            {
                var isFollowing = session.Get(follow);
                var path = new Query("/logs").Add("follow", isFollowing ? "true" : null)
                    .Add("level", session.Get(level)).Add("contains", session.Get(contains))
                    .Add("lines", session.Get(lines)?.ToString()).ToString();
                return isFollowing ? FollowAsync(session, path) : ReadAsync(session, path);
            },
            "abm logs -n 50",
            "abm logs -f --level warn",
            "abm logs -f --contains 10.0.0.7 --json | jq -r .message");
    }

    private static async Task<int> ReadAsync(Session session, string path)
    {
        var answer = await session.GetAsync(path);
        session.Tell(answer, answer.Items("logs").Select(static line => Line.Of(line.Text())));
        return ExitCodes.Done;
    }

    private static async Task<int> FollowAsync(Session session, string path)
    {
        await foreach (var each in session.Client.EventsAsync(path, session.Cancel))
        {
            if (each.Name != "line")
                continue;
            if (session.IsJson)
                session.WriteJson(each.Data);
            else
                session.Painter.Write([Draw(each.Data)]);
        }

        throw CliException.Failed($"{session.Client.Connection.Name} ended the stream: it stops");
    }

    private static Line Draw(JsonElement line)
    {
        var level = line.Text("level") ?? "";
        var drawn = Line.Of(line.Text("at"), Tone.Dim).Add(" ").Add(level.ToUpperInvariant().PadRight(5), ToneOf(level))
            .Add(" ").Add(line.Text("message"));
        return line.Text("taskId") is { } id ? drawn.Add("  task " + id, Tone.Dim) : drawn;
    }

    private static Tone ToneOf(string level) => level.ToUpperInvariant() switch
    {
        "WARN" or "WARNING" => Tone.Warn,
        "ERROR" or "CRITICAL" or "FATAL" => Tone.Bad,
        "DEBUG" or "TRACE" => Tone.Dim,
        _ => Tone.Good,
    };
}
