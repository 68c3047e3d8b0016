using ActorBalancer.Actors;

namespace ActorBalancer.Engine.Workers;

/// <summary>
/// Supervises one actor for each worker of the file. A worker that fails is restarted with a growing wait; its running
/// calls end and are retried elsewhere.
/// </summary>
internal sealed class WorkersActor(EngineContext engine, ActorRef<ContractsMessage> contracts) : Actor<WorkersMessage>
{
    private readonly Dictionary<string, WorkerTarget> _workers = new(StringComparer.Ordinal);
    private int _known;

    protected override SupervisorStrategy SupervisorStrategy { get; } = EngineSupervision.RestartWithBackoff;

    protected override ValueTask OnReceiveAsync(WorkersMessage message)
    {
        if (message is FleetConfigured configured)
            Configure(configured.Entries);
        return ValueTask.CompletedTask;
    }

    private void Configure(IReadOnlyList<WorkerEntry> entries)
    {
        var named = entries.Select(entry => entry.Url).ToHashSet(StringComparer.Ordinal);
        foreach (var url in _workers.Keys.Where(url => !named.Contains(url)).ToArray())
        {
            _workers.Remove(url, out var left);
            WorkerLog.Removed(engine.Logger, url);

            // From now on no queue chooses it; its own actor does the rest.
            left!.IsRetired = true;
            left.Actor.Tell(new Retire());
        }

        var added = new List<WorkerTarget>();
        foreach (var entry in entries)
        {
            if (_workers.TryGetValue(entry.Url, out var target))
            {
                if (target.Entry != entry)
                    target.Actor.Tell(new Reconfigure(entry));
                continue;
            }

            _workers.Add(entry.Url, target = Add(entry));
            added.Add(target);
        }

        engine.Fleet.Targets = [.. entries.Select(entry => _workers[entry.Url])];

        // An order to drain that came before they could be found.
        foreach (var target in added)
            target.Actor.Tell(ReviewDrain.Instance);
        if (engine.Shared is null)
            ForgetDrains(named);
        Context.System.EventStream.Publish(new FleetChanged());
    }

    // In a cluster this node's workers come and go with their owner: there the owners know.
    private void ForgetDrains(HashSet<string> named)
    {
        foreach (var url in engine.Drains.Urls)
        {
            if (!named.Contains(url))
                _ = engine.ForgetDrainAsync(url);
        }
    }

    private WorkerTarget Add(WorkerEntry entry)
    {
        var order = ++_known;
        var target = new WorkerTarget(entry, order, engine.Clock.Time);
        var props = Props.Create(() => new WorkerActor(engine, target, contracts));

        // The number keeps the name unique while a removed worker of the same address still drains.
        var uri = target.TaskUri;
        target.Actor = Context.Spawn(props, $"{order}-{uri.Host}:{uri.Port}");
        WorkerLog.Added(engine.Logger, entry.Url);
        return target;
    }
}
