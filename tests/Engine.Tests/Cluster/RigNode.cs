using System.Collections.Concurrent;
using ActorBalancer.Actors;
using ActorBalancer.Engine.Cluster;
using ActorBalancer.Engine.Queues;
using ActorBalancer.Engine.Storage.Redis;
using ActorBalancer.Engine.Workers;
using ActorBalancer.Testing.Processes;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ActorBalancer.Engine.Tests.Cluster;

/// <summary>A <see cref="ClusterNode"/> with all that it needs but the queues.</summary>
internal sealed class RigNode : IAsyncDisposable
{
    private readonly PausableDispatcher _dispatcher = new();
    private readonly MemorySharedStore _store;
    private readonly RedisLink _link;
    private bool _stopped;

    private RigNode(MemorySharedStore store, RedisLink link, EngineOptions options)
    {
        _store = store;
        _link = link;
        var time = TimeProvider.System;
        System = new ActorSystem("engine", new ActorSystemOptions { Dispatcher = _dispatcher });
        Engine = new EngineContext
        {
            Options = options,
            Clock = new EngineClock(time),
            Logger = NullLogger.Instance,
            Store = store,
            Transport = new WorkerTransport("key", 1024, TimeSpan.FromSeconds(1)),
            Routes = new RouteMap(),
            Fleet = new FleetDirectory(),
            Gate = new IntakeGate(1, 1),
            Jitter = new JitterSource(17),
        };
        System.EventStream.Subscribe<NodeJoined>(joined => Events.Enqueue($"joined {joined.Member.Id}"));
        System.EventStream.Subscribe<NodeLeft>(left => Events.Enqueue($"left {left.Member.Id}"));
        System.EventStream.Subscribe<NodeLost>(lost => Events.Enqueue($"lost {lost.Member.Id}"));
        Node = new ClusterNode(Engine, store, link, System);
    }

    public ActorSystem System { get; }

    public EngineContext Engine { get; }

    public ClusterNode Node { get; }

    public UseRecorder.Book Use { get; } = new();

    /// <summary>What it saw of others, such as <c>joined b</c>.</summary>
    public ConcurrentQueue<string> Events { get; } = new();

    /// <summary>Tells it what its workers file names; set by <see cref="StartAsync"/>.</summary>
    public ActorRef<WorkersMessage> Gate { get; private set; } = null!;

    public static async Task<RigNode> MakeAsync(
        RedisServer redis, MemorySharedStore store, TimeSpan leaseTime, bool isEngine, string key)
    {
        var redisOptions = new RedisOptions { Servers = [redis.Address], LeaseTime = leaseTime };
        var link = await RedisLink.ConnectAsync(redisOptions, TimeProvider.System, NullLogger.Instance);
        return new RigNode(store, link, new EngineOptions
        {
            BalancerKey = key,
            WorkersFile = "none",
            Cluster = new ClusterOptions
            {
                NodeId = store.Node[..store.Node.LastIndexOf('.')],
                LeaseTime = leaseTime,
                IsEngine = isEngine,
            },
        });
    }

    public async Task StartAsync(params string[] urls)
    {
        await Node.StartAsync(
            await _store.OpenAsync(CancellationToken.None), TestContext.Current.CancellationToken);
        if (Engine.Options.Cluster!.IsEngine)
        {
            Gate = await Node.OwnAsync(System.Spawn(Props.Create(() => new UseRecorder(Use)), "workers"));
            Name(urls);
        }
    }

    /// <summary>Its workers file changes.</summary>
    public void Name(params string[] urls) =>
        Gate.Tell(new FleetConfigured([.. urls.Select(static url => new WorkerEntry(url))]));

    /// <summary>The last task on a worker that was taken away ends.</summary>
    public void EndTasks()
    {
        Use.IsBusy = false;
        foreach (var lease in Use.Running.Keys)
        {
            Use.Running.TryRemove(lease, out _);
            System.EventStream.Publish(new WorkerStopped(lease));
        }
    }

    /// <summary>Nothing of it runs any more, though its memory is there.</summary>
    public void Stall() => _dispatcher.Pause();

    public void Wake() => _dispatcher.Resume();

    /// <summary>A stop in order.</summary>
    public async Task StopAsync()
    {
        await Node.DrainAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        await System.TerminateAsync();
        await Node.LeaveAsync();
        await KillAsync();
    }

    /// <summary>The end of the process, without a word.</summary>
    public async Task KillAsync()
    {
        if (_stopped)
            return;
        _stopped = true;
        Stall();
        await _link.DisposeAsync();
        Use.InUse.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Wake();
        await System.DisposeAsync();
        Engine.Transport.Dispose();
    }
}
