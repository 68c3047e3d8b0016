using System.CommandLine;
using System.Text;
using System.Text.Json;

namespace ActorBalancer.Cli.Commands;

/// <summary>The contract and the input of a task as the command line gives them.</summary>
internal static class TaskInput
{
    /// <summary>The option of the contract; 1 when it is not given.</summary>
    public static Option<int> Contract() => new("--contract", "-c")
    {
        Description = "contract of the workers",
        HelpName = "number",
        DefaultValueFactory = static _ => 1,
    };

    /// <summary>The option of the input.</summary>
    public static Option<string?> Option() => new("--input", "-i")
    {
        Description = "input as JSON, @file to read it from a file, - for the standard input",
        HelpName = "json|@file|-",
    };

    /// <summary>The input as JSON; null when none was given.</summary>
    /// <exception cref="CliException">It cannot be read, or is no object.</exception>
    public static async Task<JsonElement?> ReadAsync(Session session, Option<string?> option)
    {
        if (session.Get(option) is not { } value)
            return null;
        var (name, text) = value switch
        {
            "-" => ("the standard input", await session.Host.Terminal.In().ReadToEndAsync(session.Cancel)),
            ['@', .. var path] => (path, await ReadFileAsync(path, session.Cancel)),
            _ => ("--input", value),
        };
        try
        {
            var json = JsonElement.Parse(text.AsSpan().TrimStart('\ufeff'));
            return json.ValueKind == JsonValueKind.Object
                ? json
                : throw CliException.Usage($"the input of {name} is no JSON object but {json.ValueKind}");
        }
        catch (JsonException fault)
        {
            throw CliException.Usage(
                $"the input of {name} is no JSON: line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1}");
        }
    }

    /// <summary>Reads a file that the command line names.</summary>
    /// <exception cref="CliException">It cannot be read.</exception>
    public static async Task<string> ReadFileAsync(string path, CancellationToken cancel)
    {
        try
        {
            return await File.ReadAllTextAsync(path, Encoding.UTF8, cancel);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw CliException.Usage($"cannot read '{path}': {fault.Message.TrimEnd('.')}");
        }
    }
}
