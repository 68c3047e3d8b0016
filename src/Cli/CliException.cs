namespace ActorBalancer.Cli;

/// <summary>Ends the command with one line on the standard error.</summary>
/// <param name="exitCode">One of <see cref="ExitCodes"/>.</param>
/// <param name="message">What is wrong and what helps, without <c>abm:</c> in front and without a full stop.</param>
internal sealed class CliException(int exitCode, string message) : Exception(message)
{
    /// <summary>What the process ends with.</summary>
    public int ExitCode { get; } = exitCode;

    /// <summary>Code of the balancer's own error, such as <c>queue_unknown</c>; null when the error is not its.
    /// </summary>
    public string? Code { get; init; }

    /// <summary>The balancer refused it, or it failed.</summary>
    public static CliException Failed(string message) => new(ExitCodes.Failed, message);

    /// <summary>The command line, or a file that it names, is wrong.</summary>
    public static CliException Usage(string message) => new(ExitCodes.Usage, message);
}
