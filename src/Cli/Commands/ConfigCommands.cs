using System.CommandLine;
using System.Net.Http.Headers;
using System.Text;
using ActorBalancer.Cli.Http;
using ActorBalancer.Cli.Output;

namespace ActorBalancer.Cli.Commands;

/// <summary><c>abm config</c>.</summary>
internal static class ConfigCommands
{
    /// <summary>Makes the commands.</summary>
    public static Command Make(CommandKit kit) => kit.Group(
        "config", "settings of the balancer: show, check", Show(kit), Check(kit));

    private static Command Show(CommandKit kit)
    {
        var changed = new Option<bool>("--changed") { Description = "only those that are not at their default" };
        return kit.Shows(
            "show",
            "all settings with their sources; secrets are not shown",
            [changed],
            async session =>
            {
                var answer = await session.GetAsync("/config");
                var table = new Table(
                    "SETTING", new("VALUE", Min: 10), new("DEFAULT", Min: 8), new("SOURCE", Min: 8),
                    new("DESCRIPTION", Min: 10));
                foreach (var setting in answer.Items("settings"))
                {
                    var (value, usual) = (setting.Text("value"), setting.Text("default"));
                    if (session.Get(changed) && value == usual)
                        continue;
                    table.Add(
                        setting.Text("name"),
                        new Piece(value ?? Figures.None, value == usual ? Tone.Plain : Tone.Accent),
                        new Piece(usual ?? Figures.None, Tone.Dim),
                        setting.Text("source"),
                        new Piece(setting.Text("description"), Tone.Dim));
                }

                return View.Of(answer, table, "no settings");
            },
            "abm config show --changed",
            "abm config show --json | jq '.settings[] | select(.name == \"PORT\")'");
    }

    private static Command Check(CommandKit kit)
    {
        var file = new Argument<string>("file") { Description = "the file, - for the standard input" };
        var kind = new Option<string?>("--kind")
        {
            Description = "what it is; else its name tells",
            HelpName = "hocon|env|workers|proxy",
        };
        kind.AcceptOnlyFromAmong("hocon", "env", "workers", "proxy");
        return kit.Does(
            "check",
            "have the balancer judge a file of settings, workers or pools, without using it; 1 when it is wrong",
            [file, kind],
            session => CheckAsync(session, session.Get(file)!, session.Get(kind)),
            "abm config check application.conf",
            "abm config check workers.json",
            "abm config check - --kind env < .env");
    }

    private static async Task<int> CheckAsync(Session session, string path, string? kind)
    {
        if (path == "-" && kind is null)
            throw CliException.Usage("say --kind for the standard input");
        var text = path == "-"
            ? await session.Host.Terminal.In().ReadToEndAsync(session.Cancel)
            : await TaskInput.ReadFileAsync(path, session.Cancel);
        var query = new Query("/config/check").Add("kind", kind ?? KindOf(path))
            .Add("name", path == "-" ? null : Path.GetFileName(path));
        using var body = new StringContent(text, Encoding.UTF8, new MediaTypeHeaderValue("text/plain", "utf-8"));
        var answer = await session.Client.SendAsync(HttpMethod.Post, query.ToString(), session.Cancel, body);
        var isValid = answer.Flag("valid");
        session.Tell(
            answer,
            [
                .. answer.Items("errors").Select(error => Line.Of("error: ", Tone.Bad).Add(error.Text())),
                .. answer.Items("warnings").Select(warning => Line.Of("warning: ", Tone.Warn).Add(warning.Text())),
                Line.Of($"{path} is ").Add(isValid ? "valid" : "not valid", isValid ? Tone.Good : Tone.Bad),
            ]);
        return isValid ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static string KindOf(string path)
    {
        var name = Path.GetFileName(path);
        return Path.GetExtension(name).ToUpperInvariant() switch
        {
            ".CONF" or ".HOCON" => "hocon",
            ".ENV" => "env",
            ".JSON" when name.Contains("worker", StringComparison.OrdinalIgnoreCase) => "workers",
            ".JSON" => "proxy",
            _ when name.StartsWith(".env", StringComparison.Ordinal) => "env",
            _ => throw CliException.Usage($"the name of '{path}' does not tell what it is; say --kind"),
        };
    }
}
