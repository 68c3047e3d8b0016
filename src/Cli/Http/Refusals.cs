using ActorBalancer.Cli.Output;

namespace ActorBalancer.Cli.Http;

/// <summary>Says in one line what an answer that is an error means. Thread-safe.</summary>
internal static class Refusals
{
    private const int TextMax = 2000;

    /// <summary>The error of an answer that is none of success.</summary>
    /// <param name="connection">Who answered.</param>
    /// <param name="path">What was asked for.</param>
    /// <param name="answer">The answer.</param>
    public static CliException Explain(Connection connection, string path, RawAnswer answer)
    {
        var code = answer.Json.Text("code");
        var text = answer.Json.Text("error");
        if (answer.Status == 401 && code is null or "unauthorized")
        {
            return CliException.Failed(connection.Key is null
                ? $"{connection.Name} wants a key; set --key or ABM_KEY"
                : $"{connection.Name} refuses the key; see --key and ABM_KEY");
        }

        if (answer.Status is 404 or 405 && code is "not_found" or "method_not_allowed")
        {
            var route = path.Split('?')[0];
            return CliException.Failed(
                $"the balancer at {connection.Name} does not know {route}: it is too old, or it has this switched off");
        }

        if (text is null)
            return Strange(connection, $"status {answer.Status}");
        var line = text.Length > TextMax ? text[..TextMax] + "…" : text;
        return new CliException(ExitCodes.Failed, line.TrimEnd('.')) { Code = code };
    }

    /// <summary>The error of an answer that no balancer gives.</summary>
    public static CliException Strange(Connection connection, string? found) => CliException.Failed(
        $"{connection.Name} answers with {found ?? "something"} that no balancer sends: is it a balancer?");
}
