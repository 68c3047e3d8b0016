namespace ActorBalancer.Api.Status;

/// <summary>
/// Takes a sample of the counters every second, and a point of the history out of every fifth. Reads counters alone, no
/// actor is asked; the queues are counted every 5 s by <see cref="QueueWatch"/>. Thread-safe; disposed by its owner.
/// </summary>
/// <param name="source">Where the figures come from.</param>
/// <param name="queues">The queues.</param>
/// <param name="time">The clock.</param>
internal sealed class StatusSampler(StatusSource source, QueueWatch queues, TimeProvider time) : IDisposable
{
    /// <summary>Time between two samples.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>Length of a step of the history, in seconds (and samples).</summary>
    public const int StepSeconds = 5;

    /// <summary>Points of the history: the last 15 minutes.</summary>
    public const int PointsMax = 180;

    /// <summary>Length of what rates are taken over, in seconds.</summary>
    public const int RateSeconds = 10;

    /// <summary>Length of what percentiles are taken over, in seconds.</summary>
    public const int QuantileSeconds = 60;

    private readonly Lock _lock = new();
    private readonly Ring<StatusSample> _samples = new(QuantileSeconds + 1);
    private readonly Ring<HistoryPoint> _points = new(PointsMax);
    private readonly long _start = time.GetTimestamp();
    private ITimer? _timer;
    private int _ticks;
    private bool _isDisposed;

    /// <summary>When it was made: as good as the start of the process.</summary>
    public DateTimeOffset StartedAt { get; } = time.GetUtcNow();

    /// <summary>Time since then.</summary>
    public TimeSpan Uptime => time.GetElapsedTime(_start);

    /// <summary>Called after each sample, with the point that it brought, or null. Must be short and never throw.
    /// </summary>
    public Action<HistoryPoint?>? Sampled { get; set; }

    /// <summary>Takes the first sample and all that follow.</summary>
    public void Start()
    {
        lock (_lock)
        {
            if (_isDisposed || _timer is not null)
                return;
            _samples.Add(Take());
            _timer = time.CreateTimer(static self => ((StatusSampler)self!).Tick(), this, Period, Period);
        }
    }

    /// <summary>The points so far, oldest first.</summary>
    public IReadOnlyList<HistoryPoint> Points
    {
        get
        {
            lock (_lock)
                return _points.ToArray();
        }
    }

    /// <summary>How things stand, by the counters of this moment.</summary>
    public StatusNow Read()
    {
        StatusSample now, rates, quantiles;
        lock (_lock)
        {
            now = Take();
            rates = _samples.Count == 0 ? now : _samples.Back(RateSeconds - 1);
            quantiles = _samples.Count == 0 ? now : _samples.Back(QuantileSeconds - 1);
        }

        return new StatusNow
        {
            At = time.GetUtcNow(),
            Sample = now,
            Rates = StatusRates.Between(rates, now, time),
            Wait = LatencyQuantiles.Between(quantiles.Figures.Wait, now.Figures.Wait),
            Run = LatencyQuantiles.Between(quantiles.Figures.Run, now.Figures.Run),
            Total = LatencyQuantiles.Between(quantiles.Figures.Total, now.Figures.Total),
            Queues = queues.Totals,
            Workers = WorkerTotals.Of(source.Balancer.Fleet),
        };
    }

    /// <summary>Takes no more.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _timer?.Dispose();
        }
    }

    private void Tick()
    {
        HistoryPoint? point = null;
        lock (_lock)
        {
            // A tick that comes while another is under way was late already.
            if (_isDisposed)
                return;
            var now = Take();
            _ticks++;
            if (_ticks % StepSeconds == 0)
            {
                point = PointAt(now);
                _points.Add(point);
            }

            _samples.Add(now);
        }

        if (point is not null)
            _ = queues.RefreshAsync(Period * (StepSeconds - 1));
        Sampled?.Invoke(point);
    }

    private HistoryPoint PointAt(StatusSample now)
    {
        var before = _samples.Back(StepSeconds - 1);
        return new HistoryPoint
        {
            AtMilliseconds = time.GetUtcNow().ToUnixTimeMilliseconds(),
            Rates = StatusRates.Between(before, now, time),
            Total = LatencyQuantiles.Between(before.Figures.Total, now.Figures.Total),
            Queues = queues.Totals,
            Workers = WorkerTotals.Of(source.Balancer.Fleet),
            MemoryBytes = now.Process.MemoryBytes,
        };
    }

    private StatusSample Take() => new(time.GetTimestamp(), source.Figures(), source.Proxy(), source.Process());
}
