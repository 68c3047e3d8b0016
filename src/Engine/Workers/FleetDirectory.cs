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
