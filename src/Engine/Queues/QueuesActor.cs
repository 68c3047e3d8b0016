using System.Collections.Frozen;
using ActorBalancer.Actors;
using ActorBalancer.Actors.Routing;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Queues;

/// <summary>Supervises one actor for each (group, contract), made when the first worker or a recovered task asks for
/// it.</summary>
internal sealed class QueuesActor(EngineContext engine, RoutingStrategy strategy) : Actor<QueuesMessage>
{
    /// <summary>Most queues. Source: ours; a worker that counts its contract up for ever must not eat the memory.
    /// </summary>
    private const int QueuesMax = 10_000;

    private readonly Dictionary<QueueKey, QueueRoute> _queues = [];

    protected override SupervisorStrategy SupervisorStrategy { get; } = EngineSupervision.Resume;

    protected override ValueTask OnReceiveAsync(QueuesMessage message)
    {
        switch (message)
        {
            case RecoverQueues recover:
                engine.Routes.Add([.. recover.Queues.Select(Recover)]);
                recover.ReplyTo.Tell(true);
                break;
            case AssignWorkers assign when Find(assign.Key) is { } route:
                foreach (var target in assign.Targets)
                    target.Route = route;
                route.Actor.Tell(new WorkersChanged(assign.Targets, assign.Functions));
                break;
        }

        return ValueTask.CompletedTask;
    }

    private QueueRoute Recover(RecoveredQueue queue)
    {
        var route = new QueueRoute(queue.Key)
        {
            PausedUntil = queue.PausedUntilMilliseconds,
            Seen = queue.Functions.ToFrozenSet(StringComparer.Ordinal),
        };
        Spawn(route, queue.Tasks);
        return route;
    }

    private QueueRoute? Find(QueueKey key)
    {
        if (_queues.TryGetValue(key, out var route))
            return route;
        if (_queues.Count >= QueuesMax)
        {
            QueueLog.TooMany(engine.Logger, key, QueuesMax);
            return null;
        }

        route = new QueueRoute(key);
        Spawn(route, []);
        engine.Routes.Add([route]);
        return route;
    }

    // Before the route is in the map: whoever finds it there tells its actor.
    private void Spawn(QueueRoute route, IReadOnlyList<QueuedTask> tasks)
    {
        var key = route.Key;
        var props = Props.Create(() => new QueueActor(engine, route, strategy, tasks));
        route.Actor = Context.Spawn(props, $"{Uri.EscapeDataString(key.Group)}-{key.Contract}");
        _queues.Add(key, route);
    }
}
