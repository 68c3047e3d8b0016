namespace ActorBalancer.Actors.Events;

/// <summary>Counts dead letters and publishes some of them. Any thread.</summary>
internal sealed class DeadLetterOffice(EventStream stream, TimeProvider time) : IDisposable
{
    /// <summary>Most dead letters published in a window: enough to see what is wrong, too few to fill a log.</summary>
    internal const int PublishedPerWindow = 10;

    /// <summary>The window.</summary>
    internal static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private long _count;

    /// <summary>The three below: guarded by the lock.</summary>
    private long _windowStart;

    private int _published;
    private long _suppressed;
    private ITimer? _summary;

    internal long Count => Volatile.Read(ref _count);

    internal void Add<TMessage>(ActorRef receiver, TMessage message, DeadLetterReason reason)
    {
        Interlocked.Increment(ref _count);
        if (!stream.HasSubscribers<DeadLetter>() || !MayPublish()) return;
        stream.Publish(new DeadLetter(receiver.Path, message!, reason));
    }

    /// <summary>At the end of the system: no summary comes any more.</summary>
    public void Dispose()
    {
        lock (_lock) _summary?.Dispose();
    }

    private bool MayPublish()
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            if (_published == 0 || time.GetElapsedTime(_windowStart, now) >= Window)
            {
                _windowStart = now;
                _published = 0;
            }

            if (_published < PublishedPerWindow)
            {
                _published++;
                return true;
            }

            if (_suppressed++ == 0)
            {
                _summary = time.CreateTimer(
                    static office => ((DeadLetterOffice)office!).Summarize(), this, Window, Timeout.InfiniteTimeSpan);
            }

            return false;
        }
    }

    private void Summarize()
    {
        long suppressed;
        lock (_lock)
        {
            suppressed = _suppressed;
            _suppressed = 0;
            _summary?.Dispose();
            _summary = null;
        }

        // Outside of the lock: subscribers run here.
        if (suppressed > 0) stream.Publish(new DeadLettersSuppressed(suppressed, Window));
    }
}
