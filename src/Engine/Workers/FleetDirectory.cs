using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Workers;

/// <summary>The workers of the file in its order, for readers outside the actors. One writer: the supervisor of the
/// workers.</summary>
internal sealed class FleetDirectory
{
    private volatile WorkerTarget[] _targets = [];

    /// <summary>The workers now.</summary>
    public WorkerTarget[] Targets
    {
        get => _targets;
        set => _targets = value;
    }

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
