using System.Threading.Channels;

namespace ActorBalancer.Api.Logging;

/// <summary>
/// One who follows the log. It holds a bounded number of lines, which it shares with all others: one that reads slowly
/// skips the oldest of those that wait. Written by the ring under its lock, read by one.
/// </summary>
internal sealed class LogFollower : IDisposable
{
    /// <summary>Lines that wait for a slow reader. Source: ours, more than a second of a busy log.</summary>
    public const int WaitingMax = 256;

    private readonly LogRing _ring;
    private readonly LogFilter _filter;
    private readonly Channel<LogEntry> _channel;
    private long _skipped;

    /// <summary>Made by <see cref="LogRing.TryFollow"/>.</summary>
    /// <param name="ring">Where it is taken out in the end.</param>
    /// <param name="filter">What it wants.</param>
    /// <param name="backlog">Lines from before, oldest first.</param>
    public LogFollower(LogRing ring, LogFilter filter, IReadOnlyList<LogEntry> backlog)
    {
        _ring = ring;
        _filter = filter;
        Backlog = backlog;
        _channel = Channel.CreateBounded<LogEntry>(
            new BoundedChannelOptions(WaitingMax)
            {
                FullMode = BoundedChannelFullMode.DropOldest,
                SingleReader = true,
            },
            _ => Interlocked.Increment(ref _skipped));
    }

    /// <summary>The lines from before it began to follow, oldest first.</summary>
    public IReadOnlyList<LogEntry> Backlog { get; }

    /// <summary>The lines since.</summary>
    public ChannelReader<LogEntry> Reader => _channel.Reader;

    /// <summary>Gives it a line, if it wants it.</summary>
    public void Offer(LogEntry entry)
    {
        if (_filter.Passes(entry))
            _channel.Writer.TryWrite(entry);
    }

    /// <summary>Lines skipped since this was asked last; they are older than the one to be read next.</summary>
    public long TakeSkipped() => Interlocked.Exchange(ref _skipped, 0);

    /// <summary>Follows no more.</summary>
    public void Dispose() => _ring.Leave(this);
}
