using ActorBalancer.Api.Logging;
using Microsoft.Extensions.Logging;

namespace ActorBalancer.Api.Tests.Logging;

/// <summary>Lines of a log, made by tests.</summary>
internal static class LogEntries
{
    private const string Head = "[2026-01-02T03:04:05.678Z] [INFO] ";

    /// <summary>A line that is nothing but its text.</summary>
    public static LogEntry Bare(string line) =>
        new(DateTimeOffset.UnixEpoch, LogLevel.Information, line, 0, "test", default);

    /// <summary>A line with its message, and the task that it is about.</summary>
    public static LogEntry Of(
        string message, LogLevel level = LogLevel.Information, string? taskId = null, string? traceId = null) =>
        new(
            new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero), level, Head + message, Head.Length, "test",
            new LogTask(taskId, traceId));
}
