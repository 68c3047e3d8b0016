using System.Diagnostics;
using ActorBalancer.Actors;
using ActorBalancer.Actors.Routing;
using ActorBalancer.Engine.Queues;
using ActorBalancer.Engine.Routing;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Workers;
using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine;

/// <summary>
/// The engine: starts the actors over a store, takes tasks in, and stops in order. Thread-safe; started and stopped
/// once.
/// </summary>
public sealed class BalancerEngine : IBalancer, IAsyncDisposable
{
    private readonly ActorSystem _system;
    private readonly EngineContext _context;
    private readonly EngineOptions _options;
    private readonly RoutingStrategy _strategy;
    private readonly IntakeGate _gate;
    private readonly TaskIdSource _ids;
    private volatile bool _accepting;
    private int _disposed;

    /// <summary>Makes an engine; nothing runs before <see cref="StartAsync"/>.</summary>
    /// <param name="options">How it behaves.</param>
    /// <param name="store">Where tasks are kept; the engine opens and disposes it.</param>
    /// <param name="time">The clock and the timers.</param>
    /// <param name="logger">Where the engine logs.</param>
    /// <exception cref="ArgumentException">The strategy's name is unknown.</exception>
    public BalancerEngine(EngineOptions options, ITaskStore store, TimeProvider time, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(logger);
        _options = options;
        var seed = options.Seed is { } given ? (ulong)given : (ulong)Stopwatch.GetTimestamp();
        if (!RoutingStrategies.TryCreate(options.Strategy, seed, out var strategy))
        {
            throw new ArgumentException(
                $"Strategy '{options.Strategy}' is unknown; allowed: {string.Join(", ", RoutingStrategies.Names)}.",
                nameof(options));
        }

        _strategy = strategy;
        var clock = new EngineClock(time);
        _ids = new TaskIdSource(clock);
        _gate = new IntakeGate(options.IntakeLimit);
        _context = new EngineContext
        {
            Options = options,
            Clock = clock,
            Logger = logger,
            Store = store,
            Transport = new WorkerTransport(options.BalancerKey, options.ResultLimit, options.DiscoveryTimeout),
            Routes = new RouteMap(),
            Fleet = new FleetDirectory(),
            Jitter = new JitterSource(options.Seed),
        };
        _system = new ActorSystem("engine", new ActorSystemOptions { Time = time });
        _system.EventStream.Subscribe<ActorFailed>(
            failed => EngineLog.ActorFailed(logger, failed.Exception, failed.Path, failed.Directive));
        _system.EventStream.Subscribe<DeadLetter>(
            letter => EngineLog.DeadLetter(logger, letter.Path, letter.MessageType.Name, letter.Reason));
    }

    /// <inheritdoc/>
    public FleetSnapshot Fleet => _context.Fleet.Snapshot();

    /// <inheritdoc/>
    public BalancerState State
        => _accepting && _context.Store.IsHealthy ? BalancerState.Ready : BalancerState.Unreachable;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Services => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [_context.Store.Name] = _context.Store.IsHealthy ? "ready" : "unreachable",
    };

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<TaskReceipt>> SubmitAsync(IReadOnlyList<TaskRequest> requests) => throw new NotSupportedException();
    /// <inheritdoc/>
    public ValueTask<TaskLookup> FindAsync(TaskId id, TimeSpan wait, CancellationToken cancellationToken) => throw new NotSupportedException();
    /// <inheritdoc/>
    public ValueTask<TaskFollower> FollowAsync(TaskId id, long after) => throw new NotSupportedException();
    /// <inheritdoc/>
    public ValueTask<TaskOrderResult> CancelAsync(TaskId id) => throw new NotSupportedException();
    /// <inheritdoc/>
    public ValueTask<TaskOrderResult> RetryAsync(TaskId id) => throw new NotSupportedException();
    /// <inheritdoc/>
    public ValueTask<int> RetryAllAsync(TaskFilter filter) => throw new NotSupportedException();
    /// <inheritdoc/>
    public ValueTask<int> PurgeAsync(TaskFilter filter) => throw new NotSupportedException();
    /// <inheritdoc/>
    public ValueTask<TaskOrderResult> RedeliverAsync(TaskId id) => throw new NotSupportedException();
    /// <inheritdoc/>
    public ValueTask<TaskOrderResult> ReportAsync(TaskId id, long fencingToken, TaskEventKind kind, byte[] data) => throw new NotSupportedException();
    /// <inheritdoc/>
    public ValueTask<TaskPage> ListAsync(TaskFilter filter, TaskId? before, int limit) => throw new NotSupportedException();
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<QueueSnapshot>> ListQueuesAsync() => throw new NotSupportedException();
    /// <inheritdoc/>
    public ValueTask<bool> PauseAsync(QueueKey key, TimeSpan? duration) => throw new NotSupportedException();
    /// <inheritdoc/>
    public ValueTask<bool> ResumeAsync(QueueKey key) => throw new NotSupportedException();
    /// <inheritdoc/>
    public bool HasAllWorkerKeys(QueueKey key) => throw new NotSupportedException();

    /// <summary>What happens inside: <see cref="FleetChanged"/>, and the events of the actor runtime.</summary>
    public EventStream Events => _system.EventStream;

    /// <summary>The live tree of actors.</summary>
    public ActorTreeNode Inspect() => _system.Inspect();

    /// <summary>Opens the store, brings back what it holds, and begins to look for workers.</summary>
    /// <exception cref="TaskStoreException">The store cannot be opened; nothing runs then.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var recovered = await _context.Store.OpenAsync(cancellationToken);
        var queues = _system.Spawn(Props.Create(() => new QueuesActor(_context, _gate, _strategy)), "queues");
        foreach (var key in recovered.Tasks.Select(static task => task.Queue).Distinct())
            queues.Tell(new RecoverQueue(key));
        var contracts = _system.Spawn(Props.Create(() => new ContractsActor(_context, queues)), "contracts");
        var workers = _system.Spawn(Props.Create(() => new WorkersActor(_context, contracts)), "workers");
        _system.Spawn(Props.Create(() => new DiscoveryActor(_context, workers)), "discovery");
        _accepting = true;
    }

    /// <inheritdoc/>
    public ValueTask<TaskOutcome> RunAsync(TaskRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!_accepting)
            return new ValueTask<TaskOutcome>(Outcomes.Stopping());
        if (_context.Routes.Find(request.Queue) is not { } route)
            return new ValueTask<TaskOutcome>(Outcomes.UnknownQueue(request.Queue));
        if (!route.Functions.Contains(request.Function) || !route.HasServingWorker())
            return new ValueTask<TaskOutcome>(Outcomes.NoWorker(route, request.Function, 0));
        if (route.IsStoreBehind)
            return new ValueTask<TaskOutcome>(Outcomes.StoreBehind());
        if (!_gate.TryEnter())
            return new ValueTask<TaskOutcome>(Outcomes.Overloaded(_options.IntakeLimit));
        if (!route.TryEnter(_options.QueueLimit))
        {
            _gate.Leave();
            return new ValueTask<TaskOutcome>(Outcomes.QueueFull(request.Queue, _options.QueueLimit));
        }

        var task = new QueuedTask
        {
            Id = _ids.Next(out var now),
            Queue = route.Key,
            Function = request.Function,
            Priority = request.Priority,
            CreatedAtMilliseconds = now,
            Durability = TaskDurability.WriteBehind,
            WorkerKey = request.WorkerKey,
            Body = request.Body,
            BodyBytes = request.Body.Length,
        };
        var run = new TaskRun(task, hasCaller: true, now + (long)_options.TaskTimeout.TotalMilliseconds);
        var outcome = run.Outcome;
        if (!route.Actor.TryTell(new Submit(task)))
        {
            route.Leave();
            _gate.Leave();
            return new ValueTask<TaskOutcome>(Outcomes.Stopping());
        }

        return outcome;
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

    /// <summary>Stops taking tasks, ends the actors in order, and flushes the store. Callers who still wait are told.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _accepting = false;
        foreach (var route in _context.Routes.All)
            await QuiesceAsync(route);
        await _system.TerminateAsync();
        await _context.Store.DisposeAsync();
        _context.Transport.Dispose();
        await _system.DisposeAsync();
    }
}
