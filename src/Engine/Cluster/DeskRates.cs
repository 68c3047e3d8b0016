using System.Collections.Concurrent;
using ActorBalancer.Engine.Queues;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Cluster;

/// <summary>How fast tasks come in at this node and are answered here, by queue. Thread-safe; one timer for all
/// queues, and none while nothing happens.</summary>
internal sealed class DeskRates(TimeProvider time) : IDisposable
{
    private readonly ConcurrentDictionary<QueueKey, Meter> _meters = new();
    private readonly Lock _sampling = new();
    private ITimer? _timer;
    private long _sampledAt;
    private int _isArmed;

    /// <summary>Begins to count.</summary>
    public void Open() => _timer = time.CreateTimer(
        static rates => ((DeskRates)rates!).Sample(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>Tasks were taken in.</summary>
    public void CountIn(QueueKey key, int tasks = 1)
    {
        Interlocked.Add(ref Find(key).Taken, tasks);
        Arm();
    }

    /// <summary>A caller was answered.</summary>
    public void CountOut(QueueKey key) => Interlocked.Increment(ref Find(key).Ended);

    /// <summary>The rates of a queue.</summary>
    public RateMeter Of(QueueKey key) => Find(key).Rates;

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    private Meter Find(QueueKey key) => _meters.GetOrAdd(key, static _ => new Meter());

    private void Arm()
    {
        if (Volatile.Read(ref _isArmed) != 0 || Interlocked.Exchange(ref _isArmed, 1) != 0)
            return;
        Volatile.Write(ref _sampledAt, time.GetTimestamp());
        _timer?.Change(RateMeter.Period, RateMeter.Period);
    }

    private void Sample()
    {
        if (!_sampling.TryEnter())
            return;
        try
        {
            var now = time.GetTimestamp();
            var elapsed = time.GetElapsedTime(Volatile.Read(ref _sampledAt), now);
            if (elapsed <= TimeSpan.Zero)
                return;
            Volatile.Write(ref _sampledAt, now);
            var isIdle = true;
            foreach (var meter in _meters.Values)
            {
                meter.Rates.CountIn((int)Interlocked.Exchange(ref meter.Taken, 0));
                meter.Rates.CountOut((int)Interlocked.Exchange(ref meter.Ended, 0));
                meter.Rates.Sample(elapsed);
                isIdle &= meter.Rates.IsIdle;
            }

            if (!isIdle)
                return;
            _timer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            Interlocked.Exchange(ref _isArmed, 0);
        }
        finally
        {
            _sampling.Exit();
        }
    }

    private sealed class Meter
    {
        public long Taken;
        public long Ended;

        public RateMeter Rates { get; } = new();
    }
}
