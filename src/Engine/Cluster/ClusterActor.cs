using ActorBalancer.Actors;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Engine.Cluster;

/// <summary>What the head of the cluster's actors understands.</summary>
internal abstract record ClusterMessage;

/// <summary>Start what every node has; the reply brings the addresses.</summary>
internal sealed record StartCluster(
    ClusterMember Self,
    IReadOnlyDictionary<QueueKey, IReadOnlyCollection<string>> Functions,
    ActorRef<ClusterActors> ReplyTo) : ClusterMessage;

/// <summary>Start to own workers.</summary>
internal sealed record StartOwning(ActorRef<WorkersMessage> Workers, ActorRef<ActorRef<WorkersMessage>> ReplyTo)
    : ClusterMessage;

/// <summary>The actors of a node.</summary>
internal sealed record ClusterActors(ActorRef<MembershipMessage> Membership, ActorRef<FleetMessage> Fleet);

/// <summary>Supervises the cluster's actors. One that fails goes on with the state it has: leases must not be
/// forgotten.</summary>
internal sealed class ClusterActor(EngineContext engine, ClusterBook book, Action<MembersChanged> publish)
    : Actor<ClusterMessage>
{
    private ActorRef<MembershipMessage>? _membership;

    protected override SupervisorStrategy SupervisorStrategy { get; } = EngineSupervision.Resume;

    protected override ValueTask OnReceiveAsync(ClusterMessage message)
    {
        switch (message)
        {
            case StartCluster start:
                _membership = Context.Spawn(
                    Props.Create(() => new MembershipActor(
                        book, start.Self, members => publish(new MembersChanged(members)), engine.Logger)),
                    "members");
                var fleet = Context.Spawn(
                    Props.Create(() => new FleetActor(engine, book, start.Self.IsEngine, start.Functions)), "fleet");
                start.ReplyTo.Tell(new ClusterActors(_membership, fleet));
                break;
            case StartOwning own:
                var props = Props.Create(() => new OwnershipActor(
                    book, own.Workers, _membership!, ForgetDrain, engine.Logger));
                own.ReplyTo.Tell(Context.Spawn(props, "workers"));
                break;
        }

        return default;
    }

    private void ForgetDrain(string url)
    {
        if (engine.Drains.Urls.Contains(url))
            _ = engine.ForgetDrainAsync(url);
    }
}
