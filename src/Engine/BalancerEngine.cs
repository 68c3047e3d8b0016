using System.Diagnostics;
using ActorBalancer.Actors;
using ActorBalancer.Actors.Routing;
using ActorBalancer.Engine.Cluster;
using ActorBalancer.Engine.Queues;
using ActorBalancer.Engine.Routing;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;
using ActorBalancer.Engine.Webhooks;
using ActorBalancer.Engine.Workers;
using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine;

/// <summary>
/// The engine: starts the actors over a store, takes tasks in, and stops in order. Thread-safe; started and stopped
/// once.
/// </summary>
public sealed partial class BalancerEngine : IBalancer, IAsyncDisposable
{
    /// <summary>Longest wait for actors that answer from memory.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ActorSystem _system;
    private readonly EngineContext _context;
    private readonly EngineOptions _options;
    private readonly RoutingStrategy _strategy;
    private readonly WebhookSender _sender;
    private readonly ITaskDesk _desk;
    private readonly TaskMetrics _taskMetrics;
    private readonly EngineMetrics _metrics;
    private readonly WorkerConsole _console;
    private readonly IReadOnlyList<WorkerEntry>? _fleet;
    private volatile bool _draining;
    private volatile bool _started;
    private int _disposed;

    /// <summary>Makes an engine; nothing runs before <see cref="StartAsync"/>.</summary>
    /// <param name="options">How it behaves.</param>
    /// <param name="store">Where tasks are kept; the engine opens and disposes it.</param>
    /// <param name="time">The clock and the timers.</param>
    /// <param name="logger">Where the engine logs.</param>
    /// <exception cref="ArgumentException">The strategy's name is unknown.</exception>
    public BalancerEngine(EngineOptions options, ITaskStore store, TimeProvider time, ILogger logger)
        : this(options, store, time, logger, EngineSeams.None)
    {
    }

    /// <summary>The same in a world that a test plays.</summary>
    internal BalancerEngine(
        EngineOptions options, ITaskStore store, TimeProvider time, ILogger logger, EngineSeams seams)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(logger);
        _options = options;
        _fleet = seams.Fleet;
        var seed = options.Seed is { } given ? (ulong)given : (ulong)Stopwatch.GetTimestamp();
        if (!RoutingStrategies.TryCreate(options.Strategy, seed, out var strategy))
        {
            throw new ArgumentException(
                $"Strategy '{options.Strategy}' is unknown; allowed: {string.Join(", ", RoutingStrategies.Names)}.",
                nameof(options));
        }

        _strategy = strategy;
        var clock = new EngineClock(time);
        var callers = new CallerTable();
        _context = new EngineContext
        {
            Options = options,
            Clock = clock,
            Logger = logger,
            Store = store,
            Transport = new WorkerTransport(
                options.BalancerKey, options.ResultLimit, options.DiscoveryTimeout, seams.Workers),
            Routes = new RouteMap(),
            Fleet = new FleetDirectory(),
            Gate = new IntakeGate(options.IntakeLimit, options.QueuedBytesLimit),
            Jitter = new JitterSource(options.Seed),
            Callers = callers,
            Relay = store is ISharedTaskStore carrier
                ? new StreamRelay(carrier, callers, time, ClusterOf(options).LeaseTime, logger)
                : null,
        };
        var guard = new WebhookGuard(options.Webhooks.AllowPrivate, time);
        _sender = new WebhookSender(options.Webhooks, time, guard);
        _desk = store is ISharedTaskStore shared
            ? new SharedDesk(_context, shared, new TaskIdSource(clock), guard.CheckAsync)
            : new LocalDesk(_context, new TaskIdSource(clock), guard.CheckAsync);
        _console = new WorkerConsole(_context);
        if (_context.Shared is not null)
            ListenTo(_context.Shared);
        _system = new ActorSystem("engine", new ActorSystemOptions
        {
            Time = time,
            Dispatcher = seams.Dispatcher,
            Random = options.Seed is { } chance ? new Random(chance) : null,
        });
        _taskMetrics = new TaskMetrics(_context.Figures, _system);
        _metrics = new EngineMetrics(this);
        _system.EventStream.Subscribe<ActorFailed>(
            failed => EngineLog.ActorFailed(logger, failed.Exception, failed.Path, failed.Directive));
        _system.EventStream.Subscribe<DeadLetter>(
            letter => EngineLog.DeadLetter(logger, letter.Path, letter.MessageType.Name, letter.Reason));
    }

    /// <inheritdoc/>
    public FleetSnapshot Fleet =>
        _context.Shared is null ? _context.Fleet.Snapshot() : _context.ClusterFleet.Workers;

    /// <inheritdoc/>
    public BalancerState State => _draining ? BalancerState.Draining
        : _started && _context.Store.IsHealthy ? BalancerState.Ready
        : BalancerState.Unreachable;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Services => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [_context.Store.Name] = _context.Store.IsHealthy ? "ready" : "unreachable",
    };

    /// <summary>The system of its actors, for parts that live beside the tasks, such as the proxy. Ends with
    /// <see cref="DisposeAsync"/>; nobody else ends it.</summary>
    public ActorSystem ActorSystem => _system;

    /// <summary>What happens inside: <see cref="FleetChanged"/>, and the events of the actor runtime.</summary>
    public EventStream Events => _system.EventStream;

    /// <summary>What its actors share; for tests that look at what is left behind.</summary>
    internal EngineContext Context => _context;

    /// <summary>The live tree of actors.</summary>
    public ActorTreeNode Inspect() => _system.Inspect();

    /// <summary>Opens the store, brings back what it holds, and begins to look for workers.</summary>
    /// <exception cref="TaskStoreException">The store cannot be opened; nothing runs then.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Volatile.Write(ref _startedAt, _context.Clock.NowMilliseconds);
        var content = await _context.Store.OpenAsync(cancellationToken);
        if (_context.Shared is { } shared)
        {
            await StartSharedAsync(shared, content, cancellationToken);
            return;
        }

        _context.Drains.Replace(content.Drains);
        SpawnWebhooks();
        foreach (var delivery in content.Deliveries)
            _context.Webhooks.Tell(new Deliver(delivery.Id, delivery.Tries, delivery.DueAtMilliseconds));
        var queues = SpawnQueues();
        await RecoverAsync(content, queues);
        Discover(SpawnWorkers(queues));
        _system.Spawn(Props.Create(() => new ArchiveActor(_context)), "archive");
        _desk.Open();
        _started = true;
    }

    private void SpawnWebhooks() =>
        _context.Webhooks = _system.Spawn(Props.Create(() => new WebhooksActor(_context, _sender)), "webhooks");

    private ActorRef<QueuesMessage> SpawnQueues() =>
        _system.Spawn(Props.Create(() => new QueuesActor(_context, _strategy)), "queues");

    private ActorRef<WorkersMessage> SpawnWorkers(ActorRef<QueuesMessage> queues)
    {
        var contracts = _system.Spawn(Props.Create(() => new ContractsActor(_context, queues)), "contracts");
        return _system.Spawn(Props.Create(() => new WorkersActor(_context, contracts)), "workers");
    }

    private void Discover(ActorRef<WorkersMessage> workers)
    {
        if (_fleet is null)
        {
            _system.Spawn(Props.Create(() => new DiscoveryActor(_context, workers)), "discovery");
            return;
        }

        _context.Fleet.TakeKeys(_fleet);
        workers.Tell(new FleetConfigured(_fleet));
    }

    /// <summary>Takes no tasks any more, lets running ones end, and answers all other callers.</summary>
    /// <returns>Completes when the last running task has ended, or when <see cref="EngineOptions.DrainTimeout"/> is
    /// over.</returns>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        _draining = true;
        _desk.Close();

        // Zero ends what runs at once, but whoever waits is still answered in order.
        var longest = _options.DrainTimeout > TimeSpan.Zero ? _options.DrainTimeout : TimeSpan.FromMilliseconds(1);
        try
        {
            await Task.WhenAll(
                _context.Routes.All.Select(DrainRouteAsync)
                    .Append(DrainDeliveriesAsync())
                    .Append(DrainSharedAsync(cancellationToken)));
        }
        catch (AskTimeoutException)
        {
            EngineLog.DrainTimedOut(_context.Logger, _options.DrainTimeout.TotalMilliseconds);
        }

        await LeaveSharedAsync();

        async Task DrainRouteAsync(QueueRoute route) => await route.Actor.AskAsync<bool>(
            static reply => new Drain(reply), longest, cancellationToken);

        async Task DrainDeliveriesAsync()
        {
            // A node of a cluster that runs no tasks delivers nothing either.
            if (_context.Webhooks is { } webhooks)
            {
                await webhooks.AskAsync<bool>(
                    static reply => new RestDeliveries(reply), longest, cancellationToken);
            }
        }
    }

    /// <summary>Stops taking tasks, ends the actors in order, and flushes the store. Callers who still wait are told.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _desk.Close();
        foreach (var route in _context.Routes.All)
            await QuiesceAsync(route);
        await LeaveSharedAsync();
        _context.Relay?.Dispose();
        await _system.TerminateAsync();
        await EndClusterAsync();
        await _context.Store.DisposeAsync();
        _desk.AnswerRest();
        _taskMetrics.Dispose();
        _metrics.Dispose();
        _context.Figures.Dispose();
        _context.Metrics.Dispose();
        _context.Transport.Dispose();
        _sender.Dispose();
        _drainOrders.Dispose();
        await _system.DisposeAsync();
    }

    // Routes must be there before the first request: a known function is never refused for lack of them.
    private async Task RecoverAsync(StoreContent content, ActorRef<QueuesMessage> queues)
    {
        foreach (var task in content.Tasks)
        {
            _context.Live.TryAdd(task);
            _context.Gate.EnterRecovered(task.BodyBytes);
            if (task.Options.Idempotency is { } mark)
                _context.Keys.Restore(mark, task.Id);
        }

        var tasks = content.Tasks.ToLookup(static task => task.Queue);
        var keys = content.Functions.Keys.Concat(content.Pauses.Keys).Concat(tasks.Select(static queue => queue.Key));
        var recovered = keys.Distinct().Select(key => new RecoveredQueue(
            key,
            [.. tasks[key]],
            content.Functions.GetValueOrDefault(key, []),
            content.Pauses.TryGetValue(key, out var until) ? until : null)).ToArray();
        await queues.AskAsync<bool>(reply => new RecoverQueues(recovered, reply), Patience);
    }

    // What was told to a queue before this is answered before it; what comes after is refused by the queue.
    private static async Task QuiesceAsync(QueueRoute route)
    {
        try
        {
            await route.Actor.AskAsync<bool>(static reply => new Quiesce(reply), TimeSpan.FromSeconds(5));
        }
        catch (AskTimeoutException)
        {
            // The queue's actor hangs or is gone: ending the system answers for it as far as it can.
        }
    }
}
