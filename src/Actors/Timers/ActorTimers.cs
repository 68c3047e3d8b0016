using ActorBalancer.Actors.Cells;

namespace ActorBalancer.Actors.Timers;

/// <summary>The timers of one actor. Touched on its turn only; the clock's thread sees nothing but an entry.</summary>
internal sealed class ActorTimers<TMessage>(ActorCell<TMessage> cell) : IActorTimers<TMessage>
{
    private readonly Dictionary<object, TimerEntry<TMessage>> _entries = [];

    public void StartSingle(object key, TMessage message, TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        Start(key, message, delay, Timeout.InfiniteTimeSpan);
    }

    public void StartPeriodic(object key, TMessage message, TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        Start(key, message, interval, interval);
    }

    public void Cancel(object key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (_entries.Remove(key, out var entry)) entry.Cancel();
    }

    public void CancelAll()
    {
        foreach (var entry in _entries.Values) entry.Cancel();
        _entries.Clear();
    }

    public bool IsActive(object key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return _entries.ContainsKey(key);
    }

    /// <summary>On the actor's turn, when an entry's place among the messages has come.</summary>
    /// <returns>False when the entry was cancelled or replaced since it fell due.</returns>
    internal bool TryTake(TimerEntry<TMessage> entry)
    {
        if (entry.IsCancelled) return false;
        if (entry.IsPeriodic) entry.Rearm();
        else Cancel(entry.Key);
        return true;
    }

    private void Start(object key, TMessage message, TimeSpan delay, TimeSpan interval)
    {
        ArgumentNullException.ThrowIfNull(message);
        Cancel(key);
        // Not after the actor's end: PostStop may call this, and nobody would cancel the timer.
        if (cell.State is ActorState.Stopping or ActorState.Terminated) return;
        var entry = new TimerEntry<TMessage>(cell, key, message, interval != Timeout.InfiniteTimeSpan);
        _entries.Add(key, entry);
        entry.Start(delay, interval);
    }
}
