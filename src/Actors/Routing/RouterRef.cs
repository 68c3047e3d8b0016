using ActorBalancer.Actors.Cells;

namespace ActorBalancer.Actors.Routing;

/// <summary>
/// A reference that passes each message on to one of a set of actors. The choice is made on the sender's thread from an
/// immutable table: no mailbox and no lock stands between. Routees that stop are taken out. <see cref="ActorRef.Path"/>
/// is that of an actor which stands for the router in the tree. Any thread.
/// </summary>
/// <remarks>
/// R1: a member is watched, by this reference itself: of an addition and a removal of the same actor at the same time,
/// the last word to the actor is a watch if the actor ended up in the set (see <see cref="RemoveRoutee"/>).
/// R2: after the end of the router nothing is watched; whoever adds looks for that after the watch.
/// </remarks>
public sealed class RouterRef<TMessage> : ActorRef<TMessage>
{
    private readonly ActorRef<object> _standIn;
    private readonly RouteeSet<TMessage> _members;
    private readonly Func<TMessage, ulong>? _keyHash;
    private volatile bool _isClosed;

    internal RouterRef(
        ActorSystem system,
        Func<Props<object>, ActorRef<object>> spawn,
        RoutingStrategy strategy,
        Func<TMessage, ulong>? keyHash)
    {
        System = system;
        _members = new RouteeSet<TMessage>(strategy);
        _keyHash = keyHash;
        _standIn = spawn(Props.Create<object>(static () => new RouterActor()));
        _standIn.SendSystem(new WatchOrder(this, _standIn));
    }

    /// <inheritdoc/>
    public override string Name => _standIn.Name;

    /// <inheritdoc/>
    public override string Path => _standIn.Path;

    /// <summary>The members of this moment.</summary>
    public IReadOnlyList<ActorRef<TMessage>> Routees => Array.ConvertAll(_members.Table.Targets, one => one.Actor);

    internal override ActorSystem System { get; }

    internal override ActorRef Cell => _standIn;

    internal override bool IsTerminated => _standIn.IsTerminated;

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
        if (!_members.Add(routee, weight)) return;
        routee.SendSystem(new WatchOrder(this, routee));
        if (_isClosed) RemoveRoutee(routee);
    }

    /// <summary>Takes a member out; it lives on and handles what it was sent. Does nothing if it is none.</summary>
    public void RemoveRoutee(ActorRef<TMessage> routee)
    {
        ArgumentNullException.ThrowIfNull(routee);
        if (!_members.Remove(routee)) return;
        routee.SendSystem(new UnwatchOrder(this, routee));
        // R1: it may have been added again before it was told to forget the watch.
        if (_members.Contains(routee)) routee.SendSystem(new WatchOrder(this, routee));
    }

    internal override void SendSystem(SystemMessage message)
    {
        // Not a mailbox but a call: the notice is handled on the turn of the actor that has stopped.
        if (message is TerminatedNotice notice) OnTerminated(notice.Actor);
        else _standIn.SendSystem(message);
    }

    private void OnTerminated(ActorRef actor)
    {
        try
        {
            if (ReferenceEquals(actor, _standIn)) Close();
            else _members.Remove(actor);
        }
        catch (Exception exception)
        {
            // The strategy could not make its table. The dead routee stays in the old one, where it is not available.
            System.EventStream.Publish(new ActorFailed(Path, exception, Directive.Resume));
        }
    }

    private void Close()
    {
        _isClosed = true;
        foreach (var routee in _members.Table.Targets) RemoveRoutee(routee.Actor);
    }

    private Routee<TMessage>? Select(TMessage message)
    {
        var request = _keyHash is null ? default : new RoutingRequest(_keyHash(message));
        return _members.Table.Select(in request);
    }
}
