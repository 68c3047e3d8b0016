using ActorBalancer.Actors.Cells;

namespace ActorBalancer.Actors.Routing;

/// <summary>
/// A reference that passes each message on to one of a set of actors. The choice is made on the sender's thread from an
/// immutable table: no mailbox and no lock stands between. An actor behind it (<see cref="ActorRef.Path"/> is that
/// actor's) watches the routees and takes out those that stop. Any thread.
/// </summary>
public sealed class RouterRef<TMessage> : ActorRef<TMessage>
{
    private readonly ActorRef<RouterCommand<TMessage>> _manager;
    private readonly RouteeSet<TMessage> _members;
    private readonly Func<TMessage, ulong>? _keyHash;

    internal RouterRef(
        ActorSystem system,
        ActorRef<RouterCommand<TMessage>> manager,
        RouteeSet<TMessage> members,
        Func<TMessage, ulong>? keyHash)
    {
        System = system;
        _manager = manager;
        _members = members;
        _keyHash = keyHash;
    }

    /// <inheritdoc/>
    public override string Name => _manager.Name;

    /// <inheritdoc/>
    public override string Path => _manager.Path;

    /// <summary>The members of this moment.</summary>
    public IReadOnlyList<ActorRef<TMessage>> Routees => Array.ConvertAll(_members.Table.Targets, one => one.Actor);

    internal override ActorSystem System { get; }

    internal override bool IsTerminated => _manager.IsTerminated;

    /// <inheritdoc/>
    public override void Tell(TMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (IsTerminated) System.DeadLetters.Add(this, message, DeadLetterReason.ActorStopped);
        else if (Select(message) is { } routee) routee.Actor.Tell(message);
        else System.DeadLetters.Add(this, message, DeadLetterReason.NoRoutee);
    }

    /// <inheritdoc/>
    public override bool TryTell(TMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return !IsTerminated && Select(message) is { } routee && routee.Actor.TryTell(message);
    }

    /// <inheritdoc/>
    public override ValueTask TellAsync(TMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (!IsTerminated && Select(message) is { } routee) return routee.Actor.TellAsync(message, cancellationToken);
        Tell(message);
        return default;
    }

    /// <summary>Sends to every routee, available or not.</summary>
    public void Broadcast(TMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        foreach (var routee in _members.Table.Targets) routee.Actor.Tell(message);
    }

    /// <summary>Adds a member; messages may reach it before this returns. Does nothing if it is one already.</summary>
    /// <param name="routee">The actor.</param>
    /// <param name="weight">Its share relative to the others; at least 1.</param>
    public void AddRoutee(ActorRef<TMessage> routee, int weight = 1)
    {
        ArgumentNullException.ThrowIfNull(routee);
        ArgumentOutOfRangeException.ThrowIfLessThan(weight, 1);
        // In the set before it is watched: the notice of an actor that has stopped already finds it there.
        if (_members.Add(routee, weight)) _manager.Tell(new RouterCommand<TMessage>(routee, Watch: true));
    }

    /// <summary>Takes a member out; it goes on living and handles what it was sent. Does nothing if it is none.</summary>
    public void RemoveRoutee(ActorRef<TMessage> routee)
    {
        ArgumentNullException.ThrowIfNull(routee);
        if (_members.Remove(routee)) _manager.Tell(new RouterCommand<TMessage>(routee, Watch: false));
    }

    internal override void SendSystem(SystemMessage message) => _manager.SendSystem(message);

    private Routee<TMessage>? Select(TMessage message)
    {
        var request = _keyHash is null ? default : new RoutingRequest(_keyHash(message));
        return _members.Table.Select(in request);
    }
}
