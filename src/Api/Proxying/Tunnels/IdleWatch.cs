namespace ActorBalancer.Api.Proxying.Tunnels;

/// <summary>
/// Tells when nothing has happened for a while. What happens only writes down its time; the timer looks at it when it
/// falls due and goes on for the rest, so a busy connection touches no timer. Any thread.
/// </summary>
internal sealed class IdleWatch : IDisposable
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _idleMax;
    private readonly Action _onIdle;
    private readonly ITimer? _timer;
    private long _last;

    /// <summary>Begins to watch.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="idleMax">How long nothing may happen; zero: for ever.</param>
    /// <param name="onIdle">Called once; must not throw.</param>
    public IdleWatch(TimeProvider time, TimeSpan idleMax, Action onIdle)
    {
        _time = time;
        _idleMax = idleMax;
        _onIdle = onIdle;
        _last = time.GetTimestamp();
        if (idleMax <= TimeSpan.Zero)
            return;
        _timer = time.CreateTimer(
            static state => ((IdleWatch)state!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(idleMax, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Something happened.</summary>
    public void Touch()
    {
        if (_timer is not null)
            Volatile.Write(ref _last, _time.GetTimestamp());
    }

    /// <summary>Ends the watch; a call that has begun may still come.</summary>
    public void Dispose() => _timer?.Dispose();

    private void Look()
    {
        var rest = _idleMax - _time.GetElapsedTime(Volatile.Read(ref _last));
        if (rest <= TimeSpan.Zero)
            _onIdle();
        else
            _timer!.Change(rest, Timeout.InfiniteTimeSpan);
    }
}
