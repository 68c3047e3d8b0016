using ActorBalancer.Actors;
using ActorBalancer.Engine.Cluster;
using ActorBalancer.Engine.Queues;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Redis;
using ActorBalancer.Engine.Storage.Shared;

namespace ActorBalancer.Engine;

// A node of a cluster: what is different when the store is shared.
public sealed partial class BalancerEngine
{
    /// <summary>How often a stopping node looks whether its callers have been answered.</summary>
    private static readonly TimeSpan CallersLook = TimeSpan.FromMilliseconds(25);

    private ActorRef<DeliveriesMessage>? _deliveries;
    private volatile ActorRef<DrainsMessage>? _drains;
    private ClusterNode? _node;
    private volatile bool _left;

    private static ClusterOptions ClusterOf(EngineOptions options) => options.Cluster
        ?? throw new ArgumentException("A shared store needs the cluster's options.", nameof(options));

    // Called on a thread of the store's connection: everything is handed on.
    private void ListenTo(ISharedTaskStore store) => store.News = store.News with
    {
        QueueWoken = key => _context.Routes.Find(key)?.SignalWoken(),
        LeaseRevoked = (id, token) =>
        {
            if (_context.Live.TryFind(id, out var task) && task.LeaseToken == token)
                _context.Routes.Find(task.Queue)?.Actor.Tell(new LeaseRevoked(task));
        },
        TaskExpires = (task, now) => SharedEnds.OfExpired(_options, task, now),
        TaskExpired = (task, end) => _context.Figures.CountEnd(task, end.State, _context.Clock.NowMilliseconds),
        MessageReceived = message => _context.Relay!.Receive(message),
        WorkerTold = url => _drains?.Tell(new LookAtWorker(url)),
        HealthChanged = OnHealthChanged,
    };

    private void OnHealthChanged(bool isHealthy, string reason)
    {
        _system.EventStream.Publish(new StoreHealthChanged(isHealthy, reason));
        if (!isHealthy)
            return;

        // What woke queues meanwhile was lost.
        foreach (var route in _context.Routes.All)
            route.SignalWoken();
    }

    private async Task StartSharedAsync(
        ISharedTaskStore store, StoreContent content, CancellationToken cancellationToken)
    {
        var cluster = ClusterOf(_options);
        _context.Clock.Follow(() => store.NowMilliseconds);
        if (store is RedisTaskStore redis)
        {
            _node = new ClusterNode(_context, store, redis.Link, _system);
            await _node.StartAsync(content, cancellationToken);
        }

        _context.Drains.Replace(content.Drains);
        _drains = _system.Spawn(
            Props.Create(() => new DrainsActor(_context, store, cluster.LeaseTime / 3)), "drains");
        _context.Keeper = _system.Spawn(Props.Create(() => new KeeperActor(_context, store)), "keeper");
        if (cluster.IsEngine)
        {
            SpawnWebhooks();
            _deliveries = _system.Spawn(Props.Create(() => new DeliveriesActor(_context, store)), "deliveries");
            var workers = SpawnWorkers(SpawnQueues());
            Discover(_node is null ? workers : await _node.OwnAsync(workers));
            _system.Spawn(Props.Create(() => new ArchiveActor(_context)), "archive");
        }

        if (cluster.IsApi)
            _desk.Open();
        _started = true;
    }

    // Those who wait at this node hear of what other nodes run for them, and read what streams to them.
    private async Task DrainSharedAsync(CancellationToken cancellationToken)
    {
        if (_context.Shared is null)
            return;
        _deliveries?.Tell(new StopTaking());
        var handedOver = _node?.DrainAsync(_options.DrainTimeout, cancellationToken) ?? Task.CompletedTask;
        using var timeout = new CancellationTokenSource(_options.DrainTimeout, _context.Clock.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        using var look = new PeriodicTimer(CallersLook, _context.Clock.Time);
        try
        {
            while (!_context.Callers.IsEmpty || !_context.Relay!.IsIdle)
                await look.WaitForNextTickAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            EngineLog.DrainTimedOut(_context.Logger, _options.DrainTimeout.TotalMilliseconds);
        }

        await handedOver;
    }

    // What this node still runs goes back whole: first it is dropped here, then other nodes may have it.
    private async Task LeaveSharedAsync()
    {
        if (_left || _context.Keeper is not { } keeper)
            return;
        _left = true;
        foreach (var route in _context.Routes.All)
            await QuiesceAsync(route);
        try
        {
            await keeper.AskAsync<bool>(static reply => new LeaveQueues(reply), Patience);
        }
        catch (AskTimeoutException)
        {
            // The store does not answer: the leases run out by themselves.
        }
    }

    private Task EndClusterAsync() => _node?.LeaveAsync() ?? Task.CompletedTask;
}
