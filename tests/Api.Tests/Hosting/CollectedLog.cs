using System.Collections.Concurrent;
using ActorBalancer.Testing;
using Microsoft.Extensions.Logging;

namespace ActorBalancer.Api.Tests.Hosting;

/// <summary>Keeps every line that is logged, at every level.</summary>
internal sealed class CollectedLog : ILoggerFactory
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentQueue<(string Text, TestSignal Found)> _awaited = new();

    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>All lines as one text.</summary>
    public string Text => string.Join('\n', _lines);

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    /// <summary>Waits for a line that contains the text; one that was logged already counts.</summary>
    public async Task WaitForAsync(string text)
    {
        var found = new TestSignal($"a log line with '{text}'");
        _awaited.Enqueue((text, found));
        if (Text.Contains(text, StringComparison.Ordinal))
            return;
        await found.WaitAsync();
    }

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    private void Take(string line)
    {
        _lines.Enqueue(line);
        foreach (var (text, found) in _awaited)
        {
            if (line.Contains(text, StringComparison.Ordinal))
                found.Set();
        }
    }

    private sealed class Logger(CollectedLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            log.Take($"{logLevel} {category} {eventId.Id} {formatter(state, exception)} {exception}");
    }
}
