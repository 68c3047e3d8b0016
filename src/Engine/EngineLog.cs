using ActorBalancer.Actors;
using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine;

/// <summary>What is logged of the engine as a whole. Ids 1 to 99.</summary>
internal static partial class EngineLog
{
    [LoggerMessage(1, LogLevel.Error, "Actor {Path} failed: {Directive}")]
    public static partial void ActorFailed(ILogger logger, Exception exception, string path, Directive directive);

    [LoggerMessage(2, LogLevel.Debug, "Dead letter {Message} for {Path}: {Reason}")]
    public static partial void DeadLetter(ILogger logger, string path, string message, DeadLetterReason reason);

    [LoggerMessage(3, LogLevel.Warning,
        "Running tasks did not end within {Milliseconds} ms; they run again after the restart")]
    public static partial void DrainTimedOut(ILogger logger, double milliseconds);

    [LoggerMessage(4, LogLevel.Error, "Ended tasks whose retention is over cannot be deleted: {Error}")]
    public static partial void SweepFailed(ILogger logger, string error);
}
