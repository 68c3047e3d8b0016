using System.Collections.Frozen;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Workers;

/// <summary>The workers of the file in its order, for readers outside the actors. One writer: the supervisor of the
/// workers; the keys are those of whoever reads the file.</summary>
internal sealed class FleetDirectory
{
    private volatile WorkerTarget[] _targets = [];
    private volatile FrozenDictionary<string, string> _keys = FrozenDictionary<string, string>.Empty;

    /// <summary>The workers now.</summary>
    public WorkerTarget[] Targets
    {
        get => _targets;
        set => _targets = value;
    }

    /// <summary>The worker of a URL; null when this process does not call it.</summary>
    public WorkerTarget? Find(string url)
    {
        foreach (var target in _targets)
        {
            if (string.Equals(target.Id, url, StringComparison.Ordinal))
                return target;
        }

        return null;
    }

    /// <summary>Notes the workers' own keys, those of workers that other nodes own included.</summary>
    public void TakeKeys(IReadOnlyList<WorkerEntry> entries) => _keys = entries
        .Where(static entry => entry.AuthKey is not null)
        .ToFrozenDictionary(static entry => entry.Url, static entry => entry.AuthKey!, StringComparer.Ordinal);

    /// <summary>A worker's own key, as the workers file of this process names it; null when it names none.</summary>
    public string? FindKey(string url) => _keys.GetValueOrDefault(url);

    /// <summary>True when every known worker of the queue has a key of its own, and there is one.</summary>
    public bool HasAllKeys(QueueKey key)
    {
        var found = false;
        foreach (var target in _targets)
        {
            if (target.Health is not { } health || health.Contract != key.Contract || health.Group != key.Group)
                continue;
            if (target.Entry.AuthKey is null)
                return false;
            found = true;
        }

        return found;
    }

    /// <summary>The workers as listed to people.</summary>
    public FleetSnapshot Snapshot()
    {
        var valid = new List<WorkerSnapshot>();
        var invalid = new List<WorkerSnapshot>();
        foreach (var target in _targets)
        {
            var snapshot = target.Snapshot();
            (snapshot.ContractValid ? valid : invalid).Add(snapshot);
        }

        return new FleetSnapshot(valid, invalid);
    }
}
