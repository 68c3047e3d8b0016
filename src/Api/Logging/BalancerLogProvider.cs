namespace ActorBalancer.Api.Logging;

/// <summary>
/// The balancer's log: each event becomes one line on standard output and one in the <see cref="Ring"/>. Thread-safe.
/// A caller pays for making the line; it never waits for the output and gets no exception, whatever it logs.
/// </summary>
internal sealed class BalancerLogProvider : ILoggerProvider
{
    private readonly LogOptions _options;
    private readonly TimeProvider _time;
    private readonly LogOutput _output;
    private readonly bool _hasStack;

    /// <summary>Starts the log.</summary>
    /// <param name="options">Level, format and how many lines are kept.</param>
    /// <param name="time">The clock of the lines.</param>
    /// <param name="output">Where lines are written, standard output; not closed.</param>
    public BalancerLogProvider(LogOptions options, TimeProvider time, Stream output)
    {
        _options = options;
        _time = time;
        _hasStack = options.Level <= LogLevel.Debug;
        Ring = new LogRing(options.LinesMax);
        _output = new LogOutput(output, DropNotice);
    }

    /// <summary>The last lines, and those who follow.</summary>
    public LogRing Ring { get; }

    /// <summary>Lines that did not reach the output.</summary>
    public long DroppedCount => _output.DroppedCount;

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    /// <summary>A factory whose loggers write here, at the level of the options; disposing it disposes this.</summary>
    public ILoggerFactory CreateFactory()
    {
        var factory = new LoggerFactory();
        factory.AddProvider(this);
        return factory;
    }

    /// <summary>Writes what waits, for 5 s at most. What is logged afterwards reaches only the ring.</summary>
    public void Dispose() => _output.Dispose();

    private bool IsEnabled(LogLevel level) => level >= _options.Level && level != LogLevel.None;

    private void Write<TState>(
        string category, LogLevel level, EventId id, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        var time = _time.GetUtcNow();
        (string Line, int MessageAt) text;
        var output = "";
        LogTask task = default;
        try
        {
            var message = formatter(state, exception) ?? "";
            text = LogLine.Format(time, level, message, exception, _hasStack);
            task = LogTask.Of(state);
            if (_options.Format == LogFormat.Json)
                output = LogJson.Format(time, level, category, id, message, state, task, exception, _hasStack);
        }
        catch (Exception error)
        {
            // A broken message must not hurt the work that it tells of.
            var message = $"A log message of {category} could not be made ({error.GetType().Name})";
            text = LogLine.Format(time, level, message, null, hasStack: false);
            output = LogJson.Format<object?>(time, level, category, id, message, null, task, null, hasStack: false);
        }

        if (Ring.IsWanted)
            Ring.Add(new LogEntry(time, level, text.Line, text.MessageAt, category, task));
        _output.TryWrite(_options.Format == LogFormat.Json ? output : text.Line);
    }

    private string DropNotice(long count)
    {
        var time = _time.GetUtcNow();
        var message = $"{count} log lines were dropped here, since standard output is read too slowly";
        return _options.Format == LogFormat.Json
            ? LogJson.Format<object?>(
                time, LogLevel.Warning, "log", default, message, null, default, null, hasStack: false)
            : LogLine.Format(time, LogLevel.Warning, message, null, hasStack: false).Line;
    }

    private sealed class Logger(BalancerLogProvider provider, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => provider.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (provider.IsEnabled(logLevel))
                provider.Write(category, logLevel, eventId, state, exception, formatter);
        }
    }
}
