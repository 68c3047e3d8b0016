using System.Globalization;
using System.Text;

namespace ActorBalancer.HelloWorker;

/// <summary>Keeps the newest log lines for <c>/logs</c>. Thread-safe.</summary>
internal sealed class MemoryLog(int linesMax, TextWriter? output, TimeProvider time) : ILoggerProvider
{
    private readonly Lock _lock = new();
    private readonly Queue<string> _lines = new();

    /// <summary>The kept lines, oldest first.</summary>
    public string[] Lines
    {
        get
        {
            lock (_lock)
                return [.. _lines];
        }
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Writer(this);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private void Add(LogLevel level, string message)
    {
        var name = level switch
        {
            LogLevel.Critical or LogLevel.Error => "ERROR",
            LogLevel.Warning => "WARN",
            LogLevel.Information => "INFO",
            _ => "DEBUG",
        };
        var now = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var line = $"[{now}] [{name}] {OneLine(message)}";
        lock (_lock)
        {
            if (_lines.Count == linesMax)
                _lines.Dequeue();
            _lines.Enqueue(line);
            output?.WriteLine(line);
        }
    }

    // What a caller sent must not look like lines of the worker's own, nor steer a terminal.
    private static string OneLine(string message)
    {
        if (!message.Any(char.IsControl))
            return message;
        var clean = new StringBuilder(message.Length);
        foreach (var letter in message)
            clean.Append(char.IsControl(letter) ? ' ' : letter);
        return clean.ToString();
    }

    private sealed class Writer(MemoryLog log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        // The factory has filtered by level already.
        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            var message = formatter(state, exception);
            log.Add(logLevel, exception is null
                ? message
                : $"{message} ({exception.GetType().Name}: {exception.Message})");
        }
    }
}
