using System.Collections.Frozen;

namespace ActorBalancer.Engine.Workers;

/// <summary>The workers that get no new tasks by an operator's order, known or not. The store remembers them; this is
/// what this process knows of that. Thread-safe, read without a lock.</summary>
internal sealed class DrainBook
{
    private readonly Lock _gate = new();
    private volatile FrozenSet<string> _urls = FrozenSet<string>.Empty;

    /// <summary>Their URLs.</summary>
    public FrozenSet<string> Urls => _urls;

    /// <summary>Notes all of them.</summary>
    public void Replace(IEnumerable<string> urls)
    {
        lock (_gate)
            _urls = urls.ToFrozenSet(StringComparer.Ordinal);

        // Whoever looks for a worker after this finds it, or it is made later and reads this itself.
        Interlocked.MemoryBarrier();
    }

    /// <summary>Notes one of them.</summary>
    public void Set(string url, bool isDraining)
    {
        lock (_gate)
        {
            _urls = (isDraining ? _urls.Append(url) : _urls.Where(other => other != url))
                .ToFrozenSet(StringComparer.Ordinal);
        }

        Interlocked.MemoryBarrier();
    }
}
