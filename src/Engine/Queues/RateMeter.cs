namespace ActorBalancer.Engine.Queues;

/// <summary>
/// Tasks that come into a queue and end there in a second, smoothed over about the last ten. Counted and sampled by the
/// queue's actor, read from any thread.
/// </summary>
internal sealed class RateMeter
{
    /// <summary>How often <see cref="Sample"/> is called.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    // The share of the newest second: after ten of them 1/e of what was before is left.
    private const double Share = 0.0951625819640404;

    private long _taken;
    private long _ended;
    private double _inPerSecond;
    private double _outPerSecond;

    /// <summary>Tasks a second that came in.</summary>
    public double InPerSecond => Volatile.Read(ref _inPerSecond);

    /// <summary>Tasks a second that ended.</summary>
    public double OutPerSecond => Volatile.Read(ref _outPerSecond);

    /// <summary>True when there was nothing for so long that the rates are zero.</summary>
    public bool IsIdle => _taken == 0 && _ended == 0 && _inPerSecond == 0 && _outPerSecond == 0;

    /// <summary>Tasks came in.</summary>
    public void CountIn(int tasks = 1) => _taken += tasks;

    /// <summary>Tasks ended.</summary>
    public void CountOut(int tasks = 1) => _ended += tasks;

    /// <summary>A period has passed.</summary>
    /// <param name="elapsed">Its length; more than zero.</param>
    public void Sample(TimeSpan elapsed)
    {
        Volatile.Write(ref _inPerSecond, Smooth(_inPerSecond, _taken, elapsed));
        Volatile.Write(ref _outPerSecond, Smooth(_outPerSecond, _ended, elapsed));
        _taken = _ended = 0;
    }

    /// <summary>How long it takes to end so many tasks at the present rate.</summary>
    /// <returns>1 s to 5 min in whole seconds; a minute when nothing ends.</returns>
    public TimeSpan TimeToEnd(double tasks)
    {
        var rate = OutPerSecond;
        return rate <= 0
            ? TimeSpan.FromMinutes(1)
            : TimeSpan.FromSeconds(Math.Clamp(Math.Ceiling(tasks / rate), 1, 300));
    }

    private static double Smooth(double before, long count, TimeSpan elapsed)
    {
        var share = 1 - Math.Pow(1 - Share, elapsed.TotalSeconds);
        var now = before + (share * ((count / elapsed.TotalSeconds) - before));
        return now < 0.001 ? 0 : now;
    }
}
