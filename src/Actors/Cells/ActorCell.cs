using ActorBalancer.Actors.Mailboxes;

namespace ActorBalancer.Actors.Cells;

/// <summary>
/// A living actor: its reference, mailbox, place in the tree and life. The instance of the user's class comes and goes
/// with restarts; the cell stays until nobody refers to it.
/// </summary>
/// <remarks>
/// <para>A <em>turn</em> is one stretch of work by the thread that claimed the cell. The parts of this class:
/// Sending (any thread), Turn (the drain), Lifecycle, Supervision, Children, Watching (all on the turn).</para>
/// <para>M1: at most one turn at a time. The claim is <see cref="_gate"/>: whoever moves it to Scheduled queues the
/// work item, and only the turn moves it back. While a step of the turn is awaited the gate stays Scheduled.</para>
/// <para>M2: a sender posts first and looks at the gate second; a turn gives the gate up first and looks for posts
/// second. Full fences stand between (the interlocked post, the exchange of the gate), so at least one of the two sees
/// the other, and no message is stranded.</para>
/// <para>M3: system messages go before user messages, which are handled only in state Running. In any other state but
/// Terminated the gate rests at Suspended, where a user message does not schedule a turn.</para>
/// <para>M4: a cell that has Terminated still takes turns: they turn late messages into dead letters and answer late
/// watchers. So a message that races with the stop is either handled or a dead letter, never lost.</para>
/// <para>M5: <see cref="_state"/> and all fields without a word on threads are written on the turn only.</para>
/// </remarks>
internal sealed partial class ActorCell<TMessage> : ActorRef<TMessage>, IThreadPoolWorkItem
{
    private const int Idle = 0;
    private const int Scheduled = 1;
    private const int Suspended = 2;

    private readonly Props<TMessage> _props;
    private readonly ActorRef? _parent;
    private readonly ActorContext<TMessage> _context;
    private readonly bool _isBounded;

    /// <summary>Made at the first message, by whichever thread sends it.</summary>
    private Mailbox<TMessage>? _mailbox;

    private Actor<TMessage>? _actor;
    private CellExtras? _extras;
    private string? _path;
    private volatile ActorState _state;

    /// <summary>User messages taken from the mailbox so far.</summary>
    private long _taken;

    /// <summary>True while <see cref="_actor"/> has started and has not been ended.</summary>
    private bool _isReady;

    internal ActorCell(ActorSystem system, ActorRef? parent, Props<TMessage> props, string name)
    {
        System = system;
        _parent = parent;
        _props = props;
        Name = name;
        _isBounded = props.Mailbox.Capacity is not null;
        _context = new ActorContext<TMessage>(this);
        // Claimed from the beginning: the first turn starts the actor.
        _gate = Scheduled;
    }

    public override string Name { get; }

    // Two threads may both make it; the strings are equal and one is dropped.
    public override string Path => _path ??= _parent is null ? "/" + Name : _parent.Path + "/" + Name;

    internal override ActorSystem System { get; }

    internal override bool IsTerminated => State == ActorState.Terminated;

    internal override int MailboxLength => Volatile.Read(ref _mailbox)?.Count ?? 0;

    internal override bool IsFull => _isBounded && Volatile.Read(ref _mailbox) is not null && Bounded().IsFull;

    /// <summary>May be read from any thread.</summary>
    internal ActorState State => _state;

    private CellExtras Extras => _extras ??= new CellExtras();

    /// <summary>Queues the first turn.</summary>
    internal void Start() => QueueTurn();

    internal override ActorTreeNode Inspect()
    {
        var actor = Volatile.Read(ref _actor);
        var extras = Volatile.Read(ref _extras);
        var children = Children();
        var nodes = new List<ActorTreeNode>(children.Length);
        foreach (var child in children) nodes.Add(child.Inspect());
        nodes.Sort(static (left, right) => string.CompareOrdinal(left.Path, right.Path));
        return new ActorTreeNode(
            Path,
            actor?.GetType().Name ?? typeof(TMessage).Name,
            State,
            MailboxLength,
            Volatile.Read(ref _taken) + (extras is null ? 0 : Volatile.Read(ref extras.Ticks)),
            extras is null ? 0 : Volatile.Read(ref extras.Restarts),
            extras is null ? null : Volatile.Read(ref extras.LastFailure),
            nodes);
    }

    /// <summary>The one place where the actor's life moves on.</summary>
    private void MoveTo(ActorState next)
    {
        global::System.Diagnostics.Debug.Assert(
            ActorStates.CanMove(_state, next), $"'{Path}' cannot go from {_state} to {next}.");
        _state = next;
        // A spawn from another thread adds its child first and reads the state second (see Spawn).
        Interlocked.MemoryBarrier();
    }
}
