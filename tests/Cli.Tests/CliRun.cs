using System.Text.Json;
using System.Threading.Channels;
using ActorBalancer.Cli.Output;

namespace ActorBalancer.Cli.Tests;

/// <summary>Runs abm in the test's own process.</summary>
internal sealed class CliRun
{
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal)
    {
        ["ABM_CONFIG"] = "/nonexistent/abm/profiles.json",
    };

    /// <summary>Against a stub, with its key.</summary>
    public CliRun(StubBalancer? stub = null)
    {
        if (stub is null)
            return;
        _environment["ABM_URL"] = stub.Url;
        _environment["ABM_KEY"] = StubBalancer.Key;
    }

    /// <summary>What the standard input holds.</summary>
    public string Input { get; init; } = "";

    /// <summary>A person sits at a terminal of so many columns and lines; null when output and input are pipes.</summary>
    public (int Width, int Height)? Screen { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The keys that are pressed.</summary>
    public ChannelReader<TopInput>? Keys { get; init; }

    /// <summary>Ends the run.</summary>
    public CancellationToken Cancel { get; init; }

    /// <summary>Where the standard output goes.</summary>
    public TextWriter? Out { get; init; }

    /// <summary>Sets or takes away a variable.</summary>
    public CliRun With(string name, string? value)
    {
        if (value is null)
            _environment.Remove(name);
        else
            _environment[name] = value;
        return this;
    }

    public async Task<CliResult> RunAsync(params string[] arguments)
    {
        var output = Out ?? new StringWriter { NewLine = "\n" };
        var error = new StringWriter { NewLine = "\n" };
        var host = new CliHost
        {
            Terminal = new Terminal
            {
                Out = output,
                Error = error,
                In = () => new StringReader(Input),
                IsOutTerminal = Screen is not null,
                IsErrorTerminal = Screen is not null,
                IsInTerminal = Screen is not null,
                Size = () => Screen ?? (80, 24),
            },
            Environment = name => _environment.GetValueOrDefault(name),
            Time = Time,
            Inputs = _ => Keys ?? Channel.CreateUnbounded<TopInput>().Reader,
        };
        var code = await CliApp.RunAsync(arguments, host, Cancel).WaitAsync(TimeSpan.FromSeconds(60));
        return new CliResult(code, output.ToString()!, error.ToString());
    }
}

/// <summary>How a run ended.</summary>
internal sealed record CliResult(int Code, string Out, string Error)
{
    /// <summary>The output as JSON.</summary>
    public JsonElement Json => JsonElement.Parse(Out);

    /// <summary>Lines of the output.</summary>
    public string[] Lines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
