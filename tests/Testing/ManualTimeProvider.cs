namespace ActorBalancer.Testing;

/// <summary>
/// A clock that stands still until a test moves it on. <see cref="Advance"/> runs the callbacks that fall due on the
/// caller's thread, in the order of their due times, each at its own time. Safe for any thread; but one owner should
/// move it, and no code under test should arm a timer again and again with no delay, or an advance never ends.
/// </summary>
public sealed class ManualTimeProvider : TimeProvider
{
    /// <summary>How long a wait for a timer lasts before it is taken for a hang, in real time.</summary>
    private static readonly TimeSpan Guard = TestSignal.Guard;

    private readonly Lock _lock = new();

    /// <summary>The fields below are guarded by the lock.</summary>
    private readonly List<ManualTimer> _timers = [];

    private readonly List<Waiter> _waiters = [];
    private readonly DateTimeOffset _start;
    private TimeSpan _elapsed;
    private long _sequence;

    /// <summary>Makes a clock that stands at <paramref name="start"/>; 2030-01-01 UTC when it is null.</summary>
    public ManualTimeProvider(DateTimeOffset? start = null) =>
        _start = start ?? new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>
    /// Timestamps a second: an odd number, and not that of <see cref="TimeSpan"/>, so that code that takes timestamps
    /// for ticks or milliseconds shows it.
    /// </summary>
    public override long TimestampFrequency => 13_333_333;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>Time moved on since the start.</summary>
    public TimeSpan Elapsed
    {
        get
        {
            lock (_lock) return _elapsed;
        }
    }

    /// <summary>Timers armed now.</summary>
    public int ActiveTimers
    {
        get
        {
            lock (_lock) return _timers.Count;
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _start + Elapsed;

    /// <inheritdoc/>
    public override long GetTimestamp() =>
        (long)((Int128)Elapsed.Ticks * TimestampFrequency / TimeSpan.TicksPerSecond);

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock on, and runs what falls due on the way (the new time included).</summary>
    /// <param name="by">Zero or more. Zero runs what is due now.</param>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        var target = Elapsed + by;
        while (TakeDue(target) is { } due) due.Run();
        lock (_lock)
        {
            if (_elapsed < target) _elapsed = target;
        }
    }

    /// <summary>
    /// Ends as soon as a timer is armed that falls due exactly <paramref name="delay"/> from the clock's present time;
    /// at once if there is one. So a test waits for code under test instead of sleeping.
    /// </summary>
    /// <exception cref="TimeoutException">None was armed within a guard of real time; tells which ones are.</exception>
    public Task WaitForTimerAsync(TimeSpan delay) => WaitAsync(
        $"a timer due in {delay}", () => _timers.Exists(timer => timer.Due - _elapsed == delay));

    /// <summary>Ends as soon as at least <paramref name="count"/> timers are armed.</summary>
    /// <exception cref="TimeoutException">There were fewer for longer than a guard of real time.</exception>
    public Task WaitForTimersAsync(int count) => WaitAsync($"{count} timers", () => _timers.Count >= count);

    /// <summary>Ends as soon as no timer is armed.</summary>
    /// <exception cref="TimeoutException">There was one for longer than a guard of real time.</exception>
    public Task WaitForNoTimersAsync() => WaitAsync("no timer", () => _timers.Count == 0);

    private async Task WaitAsync(string expected, Func<bool> condition)
    {
        Waiter waiter;
        lock (_lock)
        {
            if (condition()) return;
            waiter = new Waiter(condition);
            _waiters.Add(waiter);
        }

        try
        {
            await waiter.Task.WaitAsync(Guard);
        }
        catch (TimeoutException exception)
        {
            string found;
            lock (_lock)
            {
                _waiters.Remove(waiter);
                found = string.Join(", ", _timers.Select(timer => timer.Due - _elapsed));
            }

            throw new TimeoutException(
                $"Expected {expected}; after {Guard} there are timers due in: [{found}].", exception);
        }
    }

    private ManualTimer? TakeDue(TimeSpan target)
    {
        lock (_lock)
        {
            var first = _timers.MinBy(static timer => (timer.Due, timer.Sequence));
            if (first is null || first.Due > target) return null;
            if (first.Due > _elapsed) _elapsed = first.Due;
            if (first.Period is { } period) first.Arm_NeedsLock(_elapsed + period, ++_sequence);
            else _timers.Remove(first);
            Signal_NeedsLock();
            return first;
        }
    }

    private void Signal_NeedsLock()
    {
        // The waiters' continuations run elsewhere, so setting their results here calls nothing foreign.
        foreach (var waiter in _waiters.FindAll(static waiter => waiter.Condition()))
        {
            _waiters.Remove(waiter);
            waiter.SetResult();
        }
    }

    private sealed class Waiter(Func<bool> condition)
        : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        internal Func<bool> Condition { get; } = condition;
    }

    private sealed class ManualTimer(ManualTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        private bool _isDisposed;

        internal TimeSpan Due { get; private set; }

        internal TimeSpan? Period { get; private set; }

        /// <summary>Orders timers of the same due time by when they were armed.</summary>
        internal long Sequence { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime < TimeSpan.Zero && dueTime != Timeout.InfiniteTimeSpan)
                throw new ArgumentOutOfRangeException(nameof(dueTime), dueTime, "Must be zero or more, or infinite.");
            lock (clock._lock)
            {
                if (_isDisposed) return false;
                clock._timers.Remove(this);
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Period = period > TimeSpan.Zero ? period : null;
                    Arm_NeedsLock(clock._elapsed + dueTime, ++clock._sequence);
                    clock._timers.Add(this);
                }

                clock.Signal_NeedsLock();
                return true;
            }
        }

        public void Dispose()
        {
            lock (clock._lock)
            {
                _isDisposed = true;
                clock._timers.Remove(this);
                clock.Signal_NeedsLock();
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        internal void Arm_NeedsLock(TimeSpan due, long sequence)
        {
            Due = due;
            Sequence = sequence;
        }

        internal void Run()
        {
            // Disposed after it was taken out: as with real timers, a callback may still come; here it never does.
            lock (clock._lock)
            {
                if (_isDisposed) return;
            }

            callback(state);
        }
    }
}
