using ActorBalancer.Api.Status;
using ActorBalancer.Engine;

namespace ActorBalancer.Api.Metrics;

/// <summary>The instruments that read the balancer from outside of its engine, for one balancer.</summary>
internal sealed class BalancerMeters : IDisposable
{
    private readonly QueueMetrics _queues;
    private readonly ProcessMetrics _process;

    /// <param name="engine">The engine; not disposed.</param>
    /// <param name="time">The clock.</param>
    public BalancerMeters(BalancerEngine engine, TimeProvider time)
    {
        Queues = new QueueWatch(engine, time);
        _queues = new QueueMetrics(engine.ActorSystem, () => Queues.Queues);
        _process = new ProcessMetrics(engine.ActorSystem);
    }

    /// <summary>Counts the queues for those who read.</summary>
    public QueueWatch Queues { get; }

    public void Dispose()
    {
        _queues.Dispose();
        _process.Dispose();
    }
}
