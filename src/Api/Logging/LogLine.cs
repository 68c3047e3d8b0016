using System.Globalization;
using System.Text;

namespace ActorBalancer.Api.Logging;

/// <summary>Writes one event as one line of text: <c>[2026-01-02T03:04:05.678Z] [INFO] message</c>.</summary>
internal static class LogLine
{
    /// <summary>
    /// Longest line in UTF-16 units, the note that it was cut not counted. Ours: with a full output queue the lines
    /// take tens of megabytes at most, and a stack trace of 50 frames fits.
    /// </summary>
    public const int LengthMax = 8192;

    // A chain of causes that is longer says nothing more.
    private const int CausesMax = 8;

    /// <summary>Writes an event.</summary>
    /// <param name="time">When it happened.</param>
    /// <param name="level">Its level.</param>
    /// <param name="message">Any text; it is escaped and cut.</param>
    /// <param name="exception">Adds type and message of itself and of its causes; null for none.</param>
    /// <param name="hasStack">Whether the stack trace is added too.</param>
    /// <returns>The line, and where in it the message begins.</returns>
    public static (string Line, int MessageAt) Format(
        DateTimeOffset time, LogLevel level, string message, Exception? exception, bool hasStack)
    {
        var line = new StringBuilder(Math.Min(message.Length, LengthMax) + 48);
        line.Append('[').Append(Time(time)).Append("] [").Append(Level(level)).Append("] ");
        var messageAt = line.Length;
        LogText.AppendEscaped(line, exception is null ? message : Join(message, exception, hasStack), LengthMax);
        return (line.ToString(), messageAt);
    }

    /// <summary>The time as ISO 8601 in UTC, to the millisecond.</summary>
    public static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>DEBUG, INFO, WARN or ERROR, the levels that Andera's readers know.</summary>
    public static string Level(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "DEBUG",
        LogLevel.Information => "INFO",
        LogLevel.Warning => "WARN",
        _ => "ERROR",
    };

    /// <summary>Type and message of an exception and of what caused it, innermost last; not escaped.</summary>
    public static string Describe(Exception exception)
    {
        var text = new StringBuilder();
        var cause = exception;
        for (var depth = 0; cause is not null && depth < CausesMax; depth++, cause = cause.InnerException)
        {
            if (depth > 0) text.Append(" <- ");
            text.Append(cause.GetType().FullName).Append(": ").Append(cause.Message);
        }

        return text.ToString();
    }

    private static string Join(string message, Exception exception, bool hasStack)
    {
        var text = Describe(exception);
        if (message.Length > 0) text = $"{message}: {text}";
        return hasStack && exception.StackTrace is { } stack ? $"{text}\n{stack}" : text;
    }
}
