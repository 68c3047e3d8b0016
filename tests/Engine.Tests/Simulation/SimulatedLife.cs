using ActorBalancer.Actors;

namespace ActorBalancer.Engine.Tests.Simulation;

/// <summary>
/// What one run of the engine's process is made of: its threads, its clock and its timers. When it is over nothing of
/// it moves any more, as after a kill.
/// </summary>
internal sealed class SimulatedLife
{
    private readonly SimulationLoop _loop;

    public SimulatedLife(SimulationLoop loop, int number)
    {
        _loop = loop;
        Number = number;
        Context = new LifeContext(this);
        Turns = new LifeDispatcher(this);
        Time = new LifeTime(this);
    }

    /// <summary>From 1.</summary>
    public int Number { get; }

    public bool IsOver { get; private set; }

    public SynchronizationContext Context { get; }

    public Dispatcher Turns { get; }

    public TimeProvider Time { get; }

    public void End() => IsOver = true;

    /// <summary>Continuations of what the life awaits.</summary>
    private sealed class LifeContext(SimulatedLife life) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => life._loop.Post(life, d, state);

        public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();
    }

    /// <summary>Turns of its actors.</summary>
    private sealed class LifeDispatcher(SimulatedLife life) : Dispatcher
    {
        public override void Schedule(IThreadPoolWorkItem turn) =>
            life._loop.Post(life, static state => ((IThreadPoolWorkItem)state!).Execute(), turn);
    }

    private sealed class LifeTime(SimulatedLife life) : TimeProvider
    {
        private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override long TimestampFrequency => 10_000;

        public override DateTimeOffset GetUtcNow() => Start.AddMilliseconds(life._loop.Now);

        public override long GetTimestamp() => life._loop.Now * 10;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new LifeTimer(life, callback, state);
            timer.Change(dueTime, period);
            return timer;
        }
    }

    /// <summary>A timer whose callback takes its turn among everything that is ready.</summary>
    private sealed class LifeTimer(SimulatedLife life, TimerCallback callback, object? state) : ITimer
    {
        private int _setting;
        private bool _isDisposed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (_isDisposed)
                return false;
            var setting = ++_setting;
            if (dueTime != Timeout.InfiniteTimeSpan)
                Arm(Round(dueTime), period > TimeSpan.Zero ? Math.Max(1, Round(period)) : 0, setting);
            return true;
        }

        public void Dispose()
        {
            _isDisposed = true;
            _setting++;
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private void Arm(long delay, long period, int setting) => life._loop.In(delay, () =>
        {
            if (setting != _setting || life.IsOver)
                return;
            if (period > 0)
                Arm(period, period, setting);
            life._loop.Post(
                life,
                _ =>
                {
                    if (setting == _setting)
                        callback(state);
                },
                null);
        });

        // Never early: the world knows whole milliseconds only.
        private static long Round(TimeSpan time) => (long)Math.Ceiling(time.TotalMilliseconds);
    }
}
