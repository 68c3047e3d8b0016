using ActorBalancer.Engine.Tasks;
using ActorBalancer.Protocol;

namespace ActorBalancer.Engine.Workers;

/// <summary>
/// What the workers of other nodes expose, as the nodes tell of them. A worker that changes hands tells its new owner
/// nothing at first: what it exposed before counts meanwhile, so that no verdict turns for that moment. Not
/// thread-safe.
/// </summary>
/// <param name="time">The monotonic clock.</param>
/// <param name="memory">How long a worker counts that is still in the picture and of which nothing is told. Nodes that
/// came later do not remember it, and all must come to the same verdict in the end.</param>
internal sealed class ForeignInterfaces(TimeProvider time, TimeSpan memory)
{
    private sealed record Known(WorkerInterface Interface, WorkerHealth? Source, long ToldAt);

    private Dictionary<string, Known> _known = new(StringComparer.Ordinal);

    /// <summary>The workers of a queue, in no order.</summary>
    public IEnumerable<(string Url, WorkerInterface Interface)> Of(QueueKey key) => _known
        .Where(pair => pair.Value.Interface.Key == key)
        .Select(static pair => (pair.Key, pair.Value.Interface));

    /// <summary>This node's own worker is somebody else's from now on, or nobody's.</summary>
    public void Remember(string url, WorkerInterface exposed) =>
        _known[url] = new Known(exposed, null, time.GetTimestamp());

    /// <summary>The worker is this node's own.</summary>
    public void Forget(string url) => _known.Remove(url);

    /// <summary>Takes a new picture over. A worker that it does not name at all is gone at once.</summary>
    /// <param name="picture">All workers of the cluster.</param>
    /// <param name="own">URLs of those that this node knows better.</param>
    /// <returns>The queues whose interfaces are different from before.</returns>
    public HashSet<QueueKey> Update(FleetSnapshot picture, HashSet<string> own)
    {
        var changed = new HashSet<QueueKey>();
        var before = _known;
        _known = new(before.Count, StringComparer.Ordinal);
        foreach (var worker in picture.Workers.Concat(picture.InvalidWorkers))
        {
            if (own.Contains(worker.Url))
                continue;
            before.Remove(worker.Url, out var last);
            var now = Read(worker.Health, last);
            if (now is not null)
                _known.Add(worker.Url, now);
            Note(last, now, changed);
        }

        foreach (var gone in before.Values)
            Note(gone, null, changed);
        return changed;
    }

    private Known? Read(WorkerHealth? health, Known? last)
    {
        var moment = time.GetTimestamp();
        if (health is not null)
        {
            // A node's word is the same object until it is read again.
            if (last is not null && ReferenceEquals(last.Source, health))
                return last with { ToldAt = moment };
            if (WorkerInterface.Read(health, out _) is { } read)
                return new Known(read, health, moment);
        }

        return last is not null && time.GetElapsedTime(last.ToldAt, moment) < memory ? last : null;
    }

    private static void Note(Known? last, Known? now, HashSet<QueueKey> changed)
    {
        if (Equals(last?.Interface, now?.Interface))
            return;
        if (last is not null)
            changed.Add(last.Interface.Key);
        if (now is not null)
            changed.Add(now.Interface.Key);
    }
}
