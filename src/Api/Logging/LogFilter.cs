namespace ActorBalancer.Api.Logging;

/// <summary>Which lines a reader of the log wants.</summary>
/// <param name="Least">Least level.</param>
/// <param name="Contains">What the message must contain, in small or capital letters; null for anything.</param>
internal sealed record LogFilter(LogLevel Least = LogLevel.Trace, string? Contains = null)
{
    /// <summary>True when the reader wants it.</summary>
    public bool Passes(LogEntry entry) => entry.Level >= Least
        && (Contains is null || entry.Message.Contains(Contains, StringComparison.OrdinalIgnoreCase));
}
