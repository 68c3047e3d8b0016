using ActorBalancer.Api.Proxying.Access;
using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Api.Proxying;

/// <summary>The access logs of all pools, each open as long as its settings stay. One caller at a time.</summary>
/// <param name="time">The clock.</param>
internal sealed class PoolAccessLogs(TimeProvider time) : IAsyncDisposable
{
    // One of which no route came to be is ended with the next change, too.
    private readonly Dictionary<(string Pool, AccessLogOptions Options), AccessLog> _logs = [];

    /// <summary>The log of a pool; null when it is off.</summary>
    /// <exception cref="IOException">Its file cannot be opened; the message says which and why.</exception>
    public AccessLog? Open(PoolOptions pool)
    {
        var key = (pool.Name, pool.AccessLog);
        if (_logs.TryGetValue(key, out var open))
            return open;
        if (AccessLog.Create(pool.AccessLog, pool.Name, time) is not { } log)
            return null;
        _logs.Add(key, log);
        return log;
    }

    /// <summary>Keeps the logs that routes use, and ends all others. A request that is still under way there goes
    /// without a line.</summary>
    public async Task KeepAsync(IEnumerable<PoolRoute> routes)
    {
        var used = routes.Select(static route => route.Log).OfType<AccessLog>().ToHashSet();
        foreach (var (key, log) in _logs.Where(one => !used.Contains(one.Value)).ToList())
        {
            _logs.Remove(key);
            await log.DisposeAsync();
        }
    }

    /// <summary>Writes what waits and ends all.</summary>
    public async ValueTask DisposeAsync() => await KeepAsync([]);
}
