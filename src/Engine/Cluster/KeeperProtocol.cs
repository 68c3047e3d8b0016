using ActorBalancer.Actors;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Cluster;

/// <summary>What the keeper of this node's leases understands.</summary>
internal abstract record KeeperMessage;

/// <summary>Time to tend all queues.</summary>
internal sealed record TendAll : KeeperMessage;

/// <summary>A queue is new here: it may lease once it has been tended.</summary>
internal sealed record TendSoon(QueueKey Key) : KeeperMessage;

/// <summary>A round over all queues has ended.</summary>
internal sealed record AllTended(TendReport Report) : KeeperMessage;

/// <summary>One queue was tended, or could not be.</summary>
internal sealed record OneTended : KeeperMessage;

/// <summary>Renew nothing any more, and give back what this node still runs; the reply follows when that is done, or
/// could not be done.</summary>
internal sealed record LeaveQueues(ActorRef<bool> ReplyTo) : KeeperMessage;

/// <summary>What was left is with the store again.</summary>
internal sealed record QueuesLeft : KeeperMessage;

/// <summary>How a round went.</summary>
/// <param name="Renewed">True when no lease could not be renewed.</param>
/// <param name="Queue">A queue that could not be tended; default when there is none.</param>
/// <param name="Fault">Why; null when there is none.</param>
internal readonly record struct TendReport(bool Renewed, QueueKey Queue, string? Fault);
