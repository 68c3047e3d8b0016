using System.Threading.Channels;
using ActorBalancer.Cli.Output;

namespace ActorBalancer.Cli;

/// <summary>What a command has around it.</summary>
internal sealed record CliHost
{
    /// <summary>Where it reads and writes.</summary>
    public required Terminal Terminal { get; init; }

    /// <summary>Value of an environment variable; null when it is not set.</summary>
    public required Func<string, string?> Environment { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Starts to read keys; called at most once, by what shows a full screen. The channel ends with the
    /// token, or when no more keys can come.</summary>
    public Func<CancellationToken, ChannelReader<TopInput>> Inputs { get; init; } = static _ =>
        Channel.CreateUnbounded<TopInput>().Reader;

    /// <summary>Why the run was cancelled, as an exit code.</summary>
    public Func<int> CancelCode { get; init; } = static () => ExitCodes.Interrupted;
}
