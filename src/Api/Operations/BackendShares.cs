using ActorBalancer.Engine.Proxying;

namespace ActorBalancer.Api.Operations;

/// <summary>
/// What part of a pool's requests each backend had in the last minute, from counters that are kept anyway: looked at
/// when somebody asks, and never otherwise. A share is of the time since the look that is nearest to a minute ago; at
/// the first look, of all that was counted. Thread-safe.
/// </summary>
internal sealed class BackendShares(TimeProvider time)
{
    /// <summary>Looks that are remembered: one in <see cref="Step"/>, for a minute and one more.</summary>
    private const int LooksMax = 14;

    private static readonly TimeSpan Step = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Span = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Queue<Look>> _pools = new(StringComparer.Ordinal); // guarded by _gate

    /// <summary>The shares of a pool's backends.</summary>
    /// <param name="status">The pool now.</param>
    /// <returns>0 to 1 for each backend of the status in its order; all 0 when there were no requests.</returns>
    public IReadOnlyList<double> Read(PoolStatus status)
    {
        var now = time.GetTimestamp();
        var counts = new long[status.Backends.Count];
        Look? since;
        lock (_gate)
            since = Note(status, now);
        long total = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            var backend = status.Backends[i];
            long before = 0;
            since?.Requests.TryGetValue(backend.Options.Id, out before);

            // A backend that was taken out and put back counts anew.
            counts[i] = backend.Requests >= before ? backend.Requests - before : backend.Requests;
            total += counts[i];
        }

        return [.. counts.Select(count => total == 0 ? 0 : (double)count / total)];
    }

    /// <summary>Forgets pools that are no more.</summary>
    public void Keep(IReadOnlyList<ProxyPool> pools)
    {
        lock (_gate)
        {
            if (_pools.Count <= pools.Count)
                return;
            foreach (var name in _pools.Keys.Where(name => !pools.Any(pool => pool.Name == name)).ToArray())
                _pools.Remove(name);
        }
    }

    private Look? Note(PoolStatus status, long now)
    {
        if (!_pools.TryGetValue(status.Name, out var looks))
            _pools.Add(status.Name, looks = new Queue<Look>(LooksMax));
        Look? newest = null, since = null;
        foreach (var look in looks)
        {
            newest = look;
            if (since is null || time.GetElapsedTime(look.At, now) >= Span)
                since = look;
        }

        if (newest is null || time.GetElapsedTime(newest.At, now) >= Step)
        {
            var requests = new Dictionary<string, long>(StringComparer.Ordinal);
            foreach (var backend in status.Backends)
                requests[backend.Options.Id] = backend.Requests;
            looks.Enqueue(new Look(now, requests));
            if (looks.Count > LooksMax)
                looks.Dequeue();
        }

        return since;
    }

    private sealed record Look(long At, Dictionary<string, long> Requests);
}
