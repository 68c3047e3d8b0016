namespace ActorBalancer.Api.Logging;

/// <summary>The last lines of the log, for <c>GET /logs</c>. Thread-safe; its lock is held very briefly.</summary>
internal sealed class LogRing
{
    private readonly Lock _gate = new();

    // Both under _gate. The oldest line stands at _added % capacity once the ring is full, else at 0.
    private readonly string[] _lines;
    private long _added;

    /// <summary>Makes an empty ring.</summary>
    /// <param name="capacity">Lines kept; 0 keeps none.</param>
    public LogRing(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        _lines = new string[capacity];
    }

    /// <summary>Adds a line; the oldest one goes when the ring is full.</summary>
    public void Add(string line)
    {
        if (_lines.Length == 0) return;
        lock (_gate)
        {
            _lines[_added % _lines.Length] = line;
            _added++;
        }
    }

    /// <summary>A copy of the lines, oldest first.</summary>
    public IReadOnlyList<string> Snapshot()
    {
        lock (_gate)
        {
            var count = (int)Math.Min(_added, _lines.Length);
            var oldest = _added > _lines.Length ? (int)(_added % _lines.Length) : 0;
            var lines = new string[count];
            Array.Copy(_lines, oldest, lines, 0, count - oldest);
            Array.Copy(_lines, 0, lines, count - oldest, oldest);
            return lines;
        }
    }
}
