using ActorBalancer.Api.Proxying.Access;
using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Api.Proxying;

/// <summary>The access logs of all pools, each open as long as its settings stay. One caller at a time.</summary>
/// <param name="time">The clock.</param>
internal sealed class PoolAccessLogs(TimeProvider time) : IAsyncDisposable
{
    private readonly Dictionary<string, (AccessLogOptions Options, AccessLog Log)> _logs = [];

    /// <summary>The log of a pool; null when it is off.</summary>
    /// <exception cref="IOException">Its file cannot be opened; the message says which and why.</exception>
    public AccessLog? Open(PoolOptions pool)
    {
        if (_logs.TryGetValue(pool.Name, out var open) && open.Options == pool.AccessLog)
            return open.Log;
        return AccessLog.Create(pool.AccessLog, pool.Name, time);
    }

    /// <summary>Keeps the logs that routes use, and ends all others. A request that is still under way there goes
    /// without a line.</summary>
    public async Task KeepAsync(IEnumerable<PoolRoute> routes)
    {
        var old = _logs.Values.Select(static one => one.Log).ToHashSet();
        _logs.Clear();
        foreach (var route in routes)
        {
            if (route.Log is not { } log)
                continue;
            _logs[route.Options.Name] = (route.Options.AccessLog, log);
            old.Remove(log);
        }

        foreach (var log in old)
            await log.DisposeAsync();
    }

    /// <summary>Writes what waits and ends all.</summary>
    public async ValueTask DisposeAsync() => await KeepAsync([]);
}
