using System.Collections.Frozen;
using ActorBalancer.Actors;
using ActorBalancer.Actors.Routing;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Engine.Queues;

/// <summary>
/// What intake knows of a queue without asking its actor: what it ever served, how many tasks are inside, how fast they
/// end. Written by the queue's actor, read from any thread.
/// </summary>
internal sealed class QueueRoute(QueueKey key)
{
    private const long NotPaused = -1;

    private volatile RoutingTable<WorkerTarget>? _table;
    private volatile bool _storeBehind;
    private volatile FrozenSet<string> _functions = FrozenSet<string>.Empty;
    private volatile FrozenSet<string> _seen = FrozenSet<string>.Empty;
    private long _pausedUntil = NotPaused;
    private int _depth;
    private int _running;
    private int _signalled;
    private int _woken;

    public QueueKey Key => key;

    /// <summary>The queue's actor; set once before the route is published.</summary>
    public ActorRef<QueueMessage> Actor { get; set; } = null!;

    /// <summary>Tasks inside, waiting or running.</summary>
    public int Depth => Volatile.Read(ref _depth);

    /// <summary>Attempts that hold a slot of a worker. Written by the queue's actor.</summary>
    public int Running
    {
        get => Volatile.Read(ref _running);
        set => Volatile.Write(ref _running, value);
    }

    /// <summary>How fast tasks come and end.</summary>
    public RateMeter Rates { get; } = new();

    /// <summary>True while the disk is so far behind that the queue takes no more. Set by the queue's actor.</summary>
    public bool IsStoreBehind
    {
        get => _storeBehind;
        set => _storeBehind = value;
    }

    /// <summary>End of the pause in Unix milliseconds, <see cref="long.MaxValue"/> without an end; null when there is
    /// no pause. Set by the queue's actor.</summary>
    public long? PausedUntil
    {
        get => Volatile.Read(ref _pausedUntil) is var until and not NotPaused ? until : null;
        set => Volatile.Write(ref _pausedUntil, value ?? NotPaused);
    }

    /// <summary>The functions of the contract's interface now.</summary>
    public FrozenSet<string> Functions => _functions;

    /// <summary>The functions that any worker of the queue ever had.</summary>
    public FrozenSet<string> Seen
    {
        get => _seen;
        set => _seen = value;
    }

    /// <summary>The valid workers; null before the first.</summary>
    public RoutingTable<WorkerTarget>? Table => _table;

    /// <summary>Puts workers and functions in place. Only the queue's actor calls it.</summary>
    public void Publish(RoutingTable<WorkerTarget> table, FrozenSet<string> functions)
    {
        _functions = functions;
        _table = table;
    }

    /// <summary>True when some valid worker takes tasks, if not at this moment then when a slot gets free.</summary>
    public bool HasServingWorker()
    {
        if (_table is not { } table)
            return false;
        foreach (var target in table.Targets)
        {
            if (target.IsServing)
                return true;
        }

        return false;
    }

    /// <summary>Counts a task in, unless the queue holds <paramref name="limit"/> already.</summary>
    public bool TryEnter(int limit)
    {
        if (Interlocked.Increment(ref _depth) <= limit)
            return true;
        Interlocked.Decrement(ref _depth);
        return false;
    }

    /// <summary>Counts in tasks that were there before the limit could be asked.</summary>
    public void EnterRecovered(int count) => Interlocked.Add(ref _depth, count);

    /// <summary>Counts a task out.</summary>
    public void Leave() => Interlocked.Decrement(ref _depth);

    /// <summary>Tells the actor that there may be room; signals that come before it has looked are one.</summary>
    public void SignalCapacity()
    {
        if (Interlocked.Exchange(ref _signalled, 1) == 0)
            Actor.Tell(CapacityChanged.Instance);
    }

    /// <summary>The actor is about to look: a signal from now on is a new one.</summary>
    public void AcknowledgeSignal() => Interlocked.Exchange(ref _signalled, 0);

    /// <summary>Tells the actor that a shared store may have tasks; signals that come before it has looked are one.
    /// </summary>
    public void SignalWoken()
    {
        if (Interlocked.Exchange(ref _woken, 1) == 0)
            Actor.Tell(QueueWoken.Instance);
    }

    /// <summary>As <see cref="AcknowledgeSignal"/>, for <see cref="SignalWoken"/>.</summary>
    public void AcknowledgeWoken() => Interlocked.Exchange(ref _woken, 0);
}
