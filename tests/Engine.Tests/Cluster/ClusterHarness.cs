using System.Collections.Frozen;
using System.Text;
using ActorBalancer.Engine.Cluster;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Workers;
using ActorBalancer.Testing;
using ActorBalancer.Testing.Workers;
using WorkersFile = ActorBalancer.Testing.Workers.WorkersFile;

namespace ActorBalancer.Engine.Tests.Cluster;

/// <summary>Real engines over one shared memory and a manual clock, with workers that the test scripts. What nodes tell
/// of their workers, the harness tells to all.</summary>
internal sealed class ClusterHarness : IAsyncDisposable
{
    public static readonly QueueKey Queue = new("hello", 1);
    public static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Long = TimeSpan.FromDays(1);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);

    private readonly List<ClusterTestNode> _nodes = [];

    public ClusterHarness() => Memory = new SharedMemory(Time);

    public ManualTimeProvider Time { get; } = new();

    public SharedMemory Memory { get; }

    /// <summary>Starts a node and waits until its worker serves; without one it takes tasks in only.</summary>
    public async Task<ClusterTestNode> AddAsync(
        string id, FakeWorker? worker = null, Func<EngineOptions, EngineOptions>? change = null)
    {
        var store = Memory.AddNode(id);
        var file = new WorkersFile(worker is null ? [] : [worker.Url]);
        var options = new EngineOptions
        {
            BalancerKey = "balancer-key",
            WorkersFile = file.Path,
            RetryBackoff = TimeSpan.FromMilliseconds(1),
            DiscoveryTimeout = Long,
            HeartbeatInterval = Long,
            HeartbeatTimeout = Long,
            Seed = 1,
            Webhooks = new() { AllowPrivate = true },
            Cluster = new ClusterOptions
            {
                NodeId = id,
                IsEngine = worker is not null,
                IsApi = true,
                LeaseTime = LeaseTime,
            },
        };
        var log = new EngineHarness.EventLog();
        var node = new ClusterTestNode(
            store, new BalancerEngine(change?.Invoke(options) ?? options, store, Time, log), file, log);
        _nodes.Add(node);
        node.Engine.Events.Subscribe<FleetChanged>(_ => PublishFleet());
        var starting = node.StartAsync(worker);
        Time.AdvanceUntil(starting, TimeSpan.FromMilliseconds(50));
        await starting;
        PublishFleet();
        if (worker is not null)
            await WaitForLeasesAsync(node, id);
        return node;
    }

    // Its keeper renews at its own times, so time has to go on; for the others too, who renew meanwhile.
    private async Task WaitForLeasesAsync(ClusterTestNode node, string id)
    {
        var leased = Memory.WaitForAsync(() => LeasesAreFresh(node) && node.IsRenewing, $"the leases of {id}");
        while (await Task.WhenAny(leased, Task.Delay(TimeSpan.FromMilliseconds(5))) != leased)
        {
            Time.Advance(TimeSpan.FromMilliseconds(50));
            await Memory.WaitForAsync(
                () => _nodes.Where(other => other != node).All(LeasesAreFresh), "the others' leases to be renewed");
        }

        await leased;
    }

    /// <summary>Goes on as real time does: nodes that can reach the store have renewed their leases at each step.
    /// </summary>
    public async Task AdvanceAsync(TimeSpan by)
    {
        for (var left = by; left > TimeSpan.Zero; left -= Step)
        {
            Time.Advance(left < Step ? left : Step);
            await Memory.WaitForAsync(() => _nodes.All(LeasesAreFresh), "all leases to be renewed");
        }
    }

    /// <summary>Goes on until that has happened.</summary>
    public async Task<T> AdvanceUntilAsync<T>(Task<T> done)
    {
        var guard = TimeProvider.System.GetTimestamp();
        while (await Task.WhenAny(done, Task.Delay(TimeSpan.FromMilliseconds(5))) != done)
        {
            if (TimeProvider.System.GetElapsedTime(guard) > TestSignal.Guard)
                throw new TimeoutException($"It did not happen; {this}");
            await AdvanceAsync(Step);
        }

        return await done;
    }

    /// <summary>A task that is in the store when the call completes, with <paramref name="caller"/> waiting for it.
    /// </summary>
    public static Task<TaskOutcome> RunAsync(
        ClusterTestNode caller, Func<TaskOptions, TaskOptions>? change = null, string body = "{}")
    {
        var options = change?.Invoke(TaskOptions.Default) ?? TaskOptions.Default;
        return caller.Engine.RunAsync(new TaskRequest
        {
            Queue = Queue,
            Function = "hello",
            WorkerKey = "worker-key",
            Body = Encoding.UTF8.GetBytes(body),
            Options = options,
        }).AsTask();
    }

    /// <summary>A task that nobody waits for, in the store when the call completes.</summary>
    public static async Task<TaskId> SubmitAsync(
        ClusterTestNode node, Func<TaskOptions, TaskOptions>? change = null, string body = "{}", long delay = 0)
    {
        var receipts = await node.Engine.SubmitAsync(
            [EngineHarness.Request(change, body: body, delayMilliseconds: delay)]);
        return receipts[0].Refusal is { } refusal
            ? throw new InvalidOperationException($"The task was refused: {refusal.Kind} {refusal.Error}")
            : receipts[0].Id;
    }

    /// <summary>Goes on until nobody runs the task any more.</summary>
    public async Task TakeUpAsync(TaskId id) => await AdvanceUntilAsync(
        WaitForAsync(id, task => task.State == TaskState.Queued, "taken up"));

    /// <summary>Waits until the task stands so in the store.</summary>
    public async Task<TaskSnapshot> WaitForAsync(TaskId id, Func<TaskSnapshot, bool> condition, string what)
    {
        TaskSnapshot? seen = null;
        await Memory.WaitForAsync(
            () => Memory.Find(id) is { } cell && condition(seen = cell.Snapshot()), $"task {id} to be {what}");
        return seen!;
    }

    /// <summary>Goes on until the task has ended.</summary>
    public Task<TaskSnapshot> EndOfAsync(TaskId id) => AdvanceUntilAsync(
        WaitForAsync(id, static task => TaskTransitions.IsFinal(task.State), "ended"));

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
    }

    public override string ToString() => string.Join(" || ", _nodes.Select(node => $"{node.Store.Node}: {node.Log}"));

    private bool LeasesAreFresh(ClusterTestNode node)
    {
        if (!node.IsRunning || !node.Store.IsHealthy || !node.IsEngine)
        {
            node.IsRenewing = false;
            return true;
        }

        // One that was cut off renews at its next look, for which time must go on.
        var isFresh = Memory.QueueOf(Queue).Leases.TryGetValue(node.Store.Node, out var until)
            && until - Memory.NowMilliseconds > (LeaseTime / 2).TotalMilliseconds;
        node.IsRenewing |= isFresh;
        return isFresh || !node.IsRenewing;
    }

    private void PublishFleet()
    {
        var targets = _nodes.SelectMany(static node => node.Engine.Context.Fleet.Snapshot().Workers).ToArray();
        var routes = _nodes
            .SelectMany(static node => node.Engine.Context.Routes.All)
            .GroupBy(static route => route.Key);
        var queues = routes.Select(static group => new ClusterQueue(
            group.Key,
            group.SelectMany(static route => route.Functions).ToFrozenSet(StringComparer.Ordinal),
            group.SelectMany(static route => route.Seen).ToFrozenSet(StringComparer.Ordinal),
            group.Any(static route => route.HasServingWorker()),
            false)).ToArray();
        foreach (var node in _nodes)
            node.Engine.Context.ClusterFleet.Publish(new FleetSnapshot(targets, []), queues);
    }
}

/// <summary>One node of a test's cluster.</summary>
internal sealed class ClusterTestNode(
    MemorySharedStore store, BalancerEngine engine, WorkersFile file,
    EngineHarness.EventLog log) : IAsyncDisposable
{
    public MemorySharedStore Store => store;

    public BalancerEngine Engine => engine;

    public EngineHarness.EventLog Log => log;

    public bool IsEngine { get; private set; }

    public bool IsRunning { get; private set; }

    /// <summary>True when it has renewed its leases since it could reach the store; the harness keeps it.</summary>
    public bool IsRenewing { get; set; }

    public long StaleResults => engine.Context.Metrics.StaleResults;

    public async Task StartAsync(FakeWorker? worker)
    {
        await engine.StartAsync(CancellationToken.None);
        if (worker is not null)
        {
            var changed = new SemaphoreSlim(0);
            using var subscription = engine.Events.Subscribe<FleetChanged>(_ => changed.Release());
            while (!engine.Context.Fleet.Snapshot().Workers.Any(static one => one.IsServing))
                await changed.WaitAsync(TestSignal.Guard);
            IsEngine = true;
        }

        IsRunning = true;
    }

    /// <summary>Stops in order, as at SIGTERM.</summary>
    public async Task StopAsync()
    {
        IsRunning = false;
        await engine.DrainAsync(CancellationToken.None);
        await DisposeAsync();
    }

    /// <summary>The node drains from now on, and renews its leases as long as it runs anything.</summary>
    public Task DrainAsync()
    {
        IsRunning = false;
        return engine.DrainAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        IsRunning = false;
        await engine.DisposeAsync();
        file.Dispose();
    }
}
