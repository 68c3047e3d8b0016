using ActorBalancer.Actors;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Redis;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Engine.Cluster;

/// <summary>
/// This node among the others: its entry, the workers that it owns, and what all nodes tell of theirs. Made once the
/// store is open. Started, drained and left once, by one owner.
/// </summary>
internal sealed class ClusterNode
{
    /// <summary>Longest wait for actors that answer from memory.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly EngineContext _engine;
    private readonly ClusterOptions _options;
    private readonly ActorSystem _system;
    private readonly ClusterBook _book;
    private readonly ClusterMember _self;
    private volatile IReadOnlyList<ClusterMember> _members = [];
    private volatile ClusterActors? _actors;
    private volatile ActorRef<WorkersMessage>? _owner;
    private ActorRef<ClusterMessage>? _head;
    private bool _joined;

    /// <param name="engine">What the engine's actors share; its options name the cluster's.</param>
    /// <param name="store">The store, open.</param>
    /// <param name="link">The store's connection.</param>
    /// <param name="system">Where the actors live.</param>
    public ClusterNode(EngineContext engine, ISharedTaskStore store, RedisLink link, ActorSystem system)
    {
        _engine = engine;
        _options = engine.Options.Cluster
            ?? throw new ArgumentException("A shared store needs the options of the cluster.", nameof(engine));
        _system = system;
        _book = new ClusterBook(link, store.Node, _options.LeaseTime);
        engine.Transport.NodeId = _book.Id;
        _self = new ClusterMember
        {
            Id = _book.Id,
            Life = _book.Life,
            IsEngine = _options.IsEngine,
            IsApi = _options.IsApi,
            Host = Environment.MachineName,
            ProcessId = Environment.ProcessId,
            Version = ProgramVersion.Text,
            StartedAtMilliseconds = store.NowMilliseconds,
        };
    }

    /// <summary>This node's name.</summary>
    public string Id => _book.Id;

    /// <summary>The living nodes by name, this one included, as of the last look.</summary>
    public IReadOnlyList<ClusterMember> Members => _members;

    /// <summary>Takes its place among the nodes and begins to watch the others.</summary>
    /// <param name="content">What the store knew when it was opened.</param>
    /// <param name="cancellationToken">Ends the wait for the lease of an earlier process of the same name.</param>
    /// <exception cref="TaskStoreException">A living node has the same name, or the nodes use another key, or Redis
    /// cannot be asked.</exception>
    public async Task StartAsync(StoreContent content, CancellationToken cancellationToken)
    {
        await CheckKeyAsync();
        await JoinAsync(cancellationToken);
        _joined = true;
        ClusterLog.Joined(_engine.Logger, _book.Id, $"{_book.Id}.{_book.Life}");
        var head = _system.Spawn(Props.Create(() => new ClusterActor(_engine, _book, OnMembersChanged)), "cluster");
        _head = head;
        _actors = await head.AskAsync<ClusterActors>(
            reply => new StartCluster(_self, content.Functions, reply), Patience, cancellationToken);
        await _book.ListenAsync(
            id =>
            {
                if (!string.Equals(id, _book.Id, StringComparison.Ordinal))
                    _actors.Membership.Tell(new LookAtMembers());
            },
            url => _owner?.Tell(new WorkerFreed(url)),
            id => _actors.Fleet.Tell(new FleetTold(id)));

        // What was told between the first look and now.
        _actors.Membership.Tell(new TellMembers());
        _actors.Membership.Tell(new LookAtMembers());
        await _book.TellMembersAsync();
    }

    /// <summary>Begins to own workers; for engine nodes, after <see cref="StartAsync"/>.</summary>
    /// <param name="workers">The supervisor of workers; it hears of those alone that this node owns.</param>
    /// <returns>Who is told what the workers file names, in the supervisor's place.</returns>
    public async Task<ActorRef<WorkersMessage>> OwnAsync(ActorRef<WorkersMessage> workers)
    {
        var owner = await _head!.AskAsync<ActorRef<WorkersMessage>>(
            reply => new StartOwning(workers, reply), Patience);
        _owner = owner;
        _actors!.Membership.Tell(new TellMembers());
        return owner;
    }

    /// <summary>Takes no worker any more and gives each back as soon as its running tasks have ended.</summary>
    /// <returns>Completes when the last one is given back, or when <paramref name="longest"/> is over.</returns>
    public async Task DrainAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        if (_actors is not { } actors)
            return;
        try
        {
            await actors.Membership.AskAsync<bool>(
                static reply => new AnnounceLeave(reply), Patience, cancellationToken);
            if (_owner is { } owner && longest > TimeSpan.Zero)
                await owner.AskAsync<bool>(static reply => new GiveUpWorkers(reply), longest, cancellationToken);
        }
        catch (AskTimeoutException)
        {
            // Tasks still run: LeaveAsync gives their workers back when they have been broken off.
        }
    }

    /// <summary>Gives back what is left and ends this node's entry; after the actors have ended, before the store does.
    /// </summary>
    public async Task LeaveAsync()
    {
        if (!_joined)
            return;
        _joined = false;
        try
        {
            await Task.WhenAll(_book.Held.Keys.Select(_book.ReleaseAsync));
            await _book.LeaveAsync();
        }
        catch (TaskStoreException exception)
        {
            ClusterLog.LeaveFailed(_engine.Logger, exception.Message);
        }
    }

    private void OnMembersChanged(MembersChanged changed)
    {
        _members = changed.Members;
        _owner?.Tell(new MembersMoved(changed.Members));
        _actors?.Fleet.Tell(new FleetMembers(changed.Members));
        _system.EventStream.Publish(changed);
    }

    private async Task CheckKeyAsync()
    {
        var print = await _book.KeepPrintAsync(KeyPrint.Make(_engine.Options.BalancerKey));
        if (KeyPrint.Fits(print, _engine.Options.BalancerKey))
            return;
        throw new TaskStoreException(
            $"LB_AUTH_KEY is not the key of the other nodes on this Redis (prefix '{_book.Prefix}'): all nodes need "
            + "the same. Another cluster on the same Redis needs a REDIS_PREFIX of its own; to change the key, stop "
            + $"all nodes and delete '{_book.Prefix}:key-print' in Redis.");
    }

    // An entry that nobody renews is that of a process that was killed: it runs out. One whose rest grows is alive.
    private async Task JoinAsync(CancellationToken cancellationToken)
    {
        var time = _engine.Clock.Time;
        var rest = TimeSpan.MaxValue;
        while (await _book.WriteAsync(_self) is { } other)
        {
            var now = await _book.ReadRestAsync(_book.Id) ?? TimeSpan.Zero;
            if (now > rest)
            {
                throw new TaskStoreException(
                    $"Node '{_book.Id}' runs already: process {other.ProcessId} on {other.Host}. Give each node a "
                    + "NODE_ID of its own.");
            }

            rest = now;
            await Task.Delay(_options.LeaseTime / 20, time, cancellationToken);
        }
    }
}
