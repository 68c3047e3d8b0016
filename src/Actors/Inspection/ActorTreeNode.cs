namespace ActorBalancer.Actors;

/// <summary>
/// One actor in the live tree. The figures are read while the actor works: each is true of some moment of the call, not
/// all of the same one.
/// </summary>
/// <param name="Path">Where the actor stands.</param>
/// <param name="TypeName">Name of the actor's type; of its message type while there is no instance.</param>
/// <param name="State">Where it is in its life.</param>
/// <param name="MailboxLength">User messages waiting.</param>
/// <param name="Processed">Messages handled since the spawn, failed ones included.</param>
/// <param name="Restarts">Restarts since the spawn.</param>
/// <param name="LastFailure">The last failure; null if there was none.</param>
/// <param name="Children">The children by name.</param>
public sealed record ActorTreeNode(
    string Path,
    string TypeName,
    ActorState State,
    int MailboxLength,
    long Processed,
    int Restarts,
    ActorFailure? LastFailure,
    IReadOnlyList<ActorTreeNode> Children);
