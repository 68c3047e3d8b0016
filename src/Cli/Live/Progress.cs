using ActorBalancer.Cli.Commands;
using ActorBalancer.Cli.Output;

namespace ActorBalancer.Cli.Live;

/// <summary>One line on the standard error that tells how long work goes; nothing when nobody sees it. Thread-safe.
/// </summary>
internal sealed class Progress : IDisposable
{
    /// <summary>Time between two updates. Source: ours; often enough to look alive.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new();
    private readonly Terminal _terminal;
    private readonly TimeProvider _time;
    private readonly string _what;
    private readonly long _start;
    private readonly ITimer? _timer;
    private string _news = "";
    private bool _isShown;
    private bool _isOver;

    /// <summary>Starts to tell; the first line comes after one interval, so that short work stays silent.</summary>
    /// <param name="session">The run.</param>
    /// <param name="what">What is being done.</param>
    public Progress(Session session, string what)
    {
        _terminal = session.Host.Terminal;
        _time = session.Host.Time;
        _what = SafeText.Clean(what);
        _start = _time.GetTimestamp();
        if (_terminal.IsErrorTerminal)
            _timer = _time.CreateTimer(static state => ((Progress)state!).Tick(), this, Interval, Interval);
    }

    /// <summary>Says how far it is.</summary>
    public void Report(string news)
    {
        lock (_gate)
            _news = SafeText.Clean(news);
    }

    /// <summary>Wipes the line.</summary>
    public void End()
    {
        lock (_gate)
        {
            if (_isShown)
                _terminal.Error.Write("\r" + Codes.WipeLine);
            _terminal.Error.Flush();
            _isShown = false;
            _isOver = true;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer?.Dispose();
        End();
    }

    private void Tick()
    {
        lock (_gate)
        {
            if (_isOver)
                return;
            var passed = Figures.Duration(Math.Floor(_time.GetElapsedTime(_start).TotalSeconds) * 1000);
            var line = Line.Of(_news.Length > 0 ? $"{_what}: {_news} ({passed})" : $"{_what} ({passed})");
            _terminal.Error.Write("\r" + line.Cut(Math.Max(20, _terminal.Size().Width) - 1) + Codes.WipeLine);
            _terminal.Error.Flush();
            _isShown = true;
        }
    }
}
