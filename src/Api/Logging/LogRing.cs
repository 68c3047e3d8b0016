namespace ActorBalancer.Api.Logging;

/// <summary>The last lines of the log, for <c>GET /logs</c>, and those who follow it. Thread-safe; its lock is held
/// very briefly.</summary>
internal sealed class LogRing
{
    /// <summary>Followers at a time. Source: ours, as many as there may be streams of events.</summary>
    public const int FollowersMax = 256;

    private readonly Lock _gate = new();

    // Both under _gate. The oldest line stands at _added % capacity once the ring is full, else at 0.
    private readonly LogEntry[] _entries;
    private long _added;

    private volatile LogFollower[] _followers = []; // changed under _gate, never in place

    /// <summary>Makes an empty ring.</summary>
    /// <param name="capacity">Lines kept; 0 keeps none.</param>
    public LogRing(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        _entries = new LogEntry[capacity];
    }

    /// <summary>False while nobody would ever see a line that is added.</summary>
    public bool IsWanted => _entries.Length > 0 || _followers.Length > 0;

    /// <summary>Followers now.</summary>
    public int FollowerCount => _followers.Length;

    /// <summary>Adds a line; the oldest one goes when the ring is full.</summary>
    public void Add(LogEntry entry)
    {
        lock (_gate)
        {
            if (_entries.Length > 0)
                _entries[_added++ % _entries.Length] = entry;

            // Under the lock, so that all get the lines in one order.
            foreach (var follower in _followers)
                follower.Offer(entry);
        }
    }

    /// <summary>A copy of the lines, oldest first.</summary>
    public IReadOnlyList<string> Snapshot() => [.. Last(new LogFilter(), int.MaxValue).Select(static e => e.Line)];

    /// <summary>The last lines that pass a filter, oldest first.</summary>
    public IReadOnlyList<LogEntry> Last(LogFilter filter, int max)
    {
        LogEntry[] entries;
        lock (_gate)
            entries = Copy();
        return Pass(entries, filter, max);
    }

    /// <summary>Begins to follow: no line between the backlog and what comes is lost or doubled.</summary>
    /// <param name="filter">Which lines.</param>
    /// <param name="max">At most so many lines from before.</param>
    /// <returns>Null when too many follow already. The caller disposes it.</returns>
    public LogFollower? TryFollow(LogFilter filter, int max)
    {
        lock (_gate)
        {
            if (_followers.Length >= FollowersMax)
                return null;
            var follower = new LogFollower(this, filter, Pass(Copy(), filter, max));
            _followers = [.. _followers, follower];
            return follower;
        }
    }

    /// <summary>Ends a follower.</summary>
    public void Leave(LogFollower follower)
    {
        lock (_gate)
            _followers = Array.FindAll(_followers, one => one != follower);
    }

    private LogEntry[] Copy()
    {
        var count = (int)Math.Min(_added, _entries.Length);
        var oldest = _added > _entries.Length ? (int)(_added % _entries.Length) : 0;
        var entries = new LogEntry[count];
        Array.Copy(_entries, oldest, entries, 0, count - oldest);
        Array.Copy(_entries, 0, entries, count - oldest, oldest);
        return entries;
    }

    // From the newest back, so that no more is looked at than is wanted.
    private static List<LogEntry> Pass(LogEntry[] entries, LogFilter filter, int max)
    {
        var passed = new List<LogEntry>();
        for (var i = entries.Length - 1; i >= 0 && passed.Count < max; i--)
        {
            if (filter.Passes(entries[i]))
                passed.Add(entries[i]);
        }

        passed.Reverse();
        return passed;
    }
}
