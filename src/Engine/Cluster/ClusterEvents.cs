namespace ActorBalancer.Engine.Cluster;

/// <summary>Another node is there. Published on the actor system's event stream, as all of this file.</summary>
public sealed record NodeJoined(ClusterMember Member);

/// <summary>Another node has left in order.</summary>
public sealed record NodeLeft(ClusterMember Member);

/// <summary>Another node gave no sign of life for its lease time.</summary>
/// <param name="Member">The node.</param>
/// <param name="IsFirst">True at the first by name of those that are left: one of all is to tell people of it.</param>
public sealed record NodeLost(ClusterMember Member, bool IsFirst);

/// <summary>The shared store can be used, or no longer.</summary>
/// <param name="IsHealthy">True when it can.</param>
/// <param name="Reason">What was seen, for people: of Redis the beginning of its own words, such as
/// <c>READONLY</c> or <c>OOM</c>.</param>
public sealed record StoreHealthChanged(bool IsHealthy, string Reason);

/// <summary>The living nodes are others than before, or tell something else.</summary>
/// <param name="Members">All of them by name, this one included, unless its name was taken by another process.</param>
internal sealed record MembersChanged(IReadOnlyList<ClusterMember> Members);

/// <summary>The last task of a worker that was taken from this node has ended, and its actor with it.</summary>
internal sealed record WorkerStopped(WorkerLease Lease);
