using System.Diagnostics.Metrics;
using ActorBalancer.Actors;
using ActorBalancer.Engine.Cluster;
using ActorBalancer.Engine.Queues;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;
using ActorBalancer.Engine.Webhooks;
using ActorBalancer.Engine.Workers;
using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine;

/// <summary>What every actor of the engine is given. Immutable; its parts are thread-safe.</summary>
internal sealed record EngineContext
{
    public required EngineOptions Options { get; init; }

    public required EngineClock Clock { get; init; }

    public required ILogger Logger { get; init; }

    public required ITaskStore Store { get; init; }

    /// <summary>The store, when the nodes of a cluster share it; null otherwise.</summary>
    public ISharedTaskStore? Shared => Store as ISharedTaskStore;

    public required WorkerTransport Transport { get; init; }

    public required RouteMap Routes { get; init; }

    public required FleetDirectory Fleet { get; init; }

    /// <summary>Workers that get no new tasks by an operator's order.</summary>
    public DrainBook Drains { get; } = new();

    /// <summary>Counts what is inside.</summary>
    public required IntakeGate Gate { get; init; }

    /// <summary>Every task that lives.</summary>
    public LiveTasks Live { get; } = new();

    /// <summary>Idempotency keys of living tasks.</summary>
    public IdempotencyKeys Keys { get; } = new();

    /// <summary>Those who wait at this node for tasks of a shared store; unused without one.</summary>
    public CallerTable Callers { get; init; } = new();

    /// <summary>The workers of all nodes; unused without a shared store.</summary>
    public ClusterFleet ClusterFleet { get; } = new();

    /// <summary>Streams to and from other nodes; null without a shared store.</summary>
    public StreamRelay? Relay { get; init; }

    /// <summary>Keeps this node's leases; set once before the first queue is made, null without a shared store.
    /// </summary>
    public ActorRef<KeeperMessage>? Keeper { get; set; }

    /// <summary>What is counted of tasks.</summary>
    public TaskFigures Figures { get; } = new(new Meter("ActorBalancer.Tasks"));

    /// <summary>What a cluster counts.</summary>
    public ClusterMetrics Metrics { get; } = new();

    /// <summary>Delivers results; set once before the first task is taken. Null on a node that runs no tasks.
    /// </summary>
    public ActorRef<WebhookMessage> Webhooks { get; set; } = null!;

    /// <summary>Chance for jitter: locked inside, because it is asked rarely (back-offs only).</summary>
    public required JitterSource Jitter { get; init; }

    /// <summary>A worker that no file names any more loses its drain. Never throws.</summary>
    public async Task ForgetDrainAsync(string url)
    {
        Drains.Set(url, isDraining: false);
        try
        {
            await Store.RememberDrainAsync(url, isDraining: false);
        }
        catch (TaskStoreException exception)
        {
            WorkerLog.DrainNotForgotten(Logger, url, exception.Message);
        }
    }

    /// <summary>Takes out a task whose queue did not take it in.</summary>
    public void Leave(QueueRoute route, QueuedTask task)
    {
        Live.Remove(task);
        CountOut(route, task);
    }

    /// <summary>Counts a task out of its queue and out of the engine.</summary>
    public void CountOut(QueueRoute route, QueuedTask task)
    {
        route.Leave();
        Gate.Leave(task.BodyBytes);
    }
}
