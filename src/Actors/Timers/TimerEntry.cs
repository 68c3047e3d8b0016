using ActorBalancer.Actors.Cells;

namespace ActorBalancer.Actors.Timers;

/// <summary>
/// One started timer, and the system message by which it reaches its actor. A restart of the key makes a new entry, so
/// the entry itself is the generation: what arrives of a cancelled entry is dropped.
/// </summary>
/// <remarks>T1: only who turned <see cref="_posted"/> from 0 to 1 posts the entry: it is never in two lists.</remarks>
internal sealed class TimerEntry<TMessage>(ActorCell<TMessage> cell, object key, TMessage message, bool isPeriodic)
    : SystemMessage
{
    private ITimer? _timer;
    private int _posted;

    internal object Key { get; } = key;

    internal TMessage Message { get; } = message;

    internal bool IsPeriodic { get; } = isPeriodic;

    /// <summary>Read and written on the actor's turn.</summary>
    internal bool IsCancelled { get; private set; }

    internal void Start(TimeSpan delay, TimeSpan interval) =>
        _timer = cell.System.Time.CreateTimer(
            static state => ((TimerEntry<TMessage>)state!).OnDue(), this, delay, interval);

    /// <summary>The tick has been taken; the next may be posted.</summary>
    internal void Rearm() => Volatile.Write(ref _posted, 0);

    internal void Cancel()
    {
        IsCancelled = true;
        _timer?.Dispose();
    }

    private void OnDue()
    {
        if (Interlocked.CompareExchange(ref _posted, 1, 0) == 0) cell.SendSystem(this);
    }
}
