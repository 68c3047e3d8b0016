namespace ActorBalancer.Actors.Supervision;

/// <summary>What a parent remembers of one child's restarts. Touched on the parent's turn only.</summary>
internal sealed class RestartHistory
{
    /// <summary>Times of the restarts within the window; at most MaxRestarts of them. Unused without a limit.</summary>
    private readonly Queue<long> _restarts = new();

    private int _streak;
    private long _last;

    /// <summary>Asks for one more restart.</summary>
    /// <param name="strategy">The limits.</param>
    /// <param name="time">The clock.</param>
    /// <param name="chance">Of the jitter; at least 0, less than 1.</param>
    /// <param name="backoff">The wait before the restart.</param>
    /// <returns>False when the limit is reached.</returns>
    internal bool TryRestart(SupervisorStrategy strategy, TimeProvider time, double chance, out TimeSpan backoff)
    {
        var now = time.GetTimestamp();
        backoff = default;
        if (strategy.MaxRestarts != SupervisorStrategy.Unlimited)
        {
            while (_restarts.TryPeek(out var oldest) && time.GetElapsedTime(oldest, now) >= strategy.Within)
                _restarts.Dequeue();
            if (_restarts.Count >= strategy.MaxRestarts) return false;
            _restarts.Enqueue(now);
        }

        if (_streak > 0 && time.GetElapsedTime(_last, now) >= strategy.Within) _streak = 0;
        backoff = strategy.BackoffAfter(_streak, chance);
        _streak = Math.Min(_streak + 1, int.MaxValue - 1);
        _last = now;
        return true;
    }
}
