using System.Diagnostics.Metrics;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Api.Metrics;

/// <summary>The queues as instruments of the meter <c>ActorBalancer.Queues</c>, as they were last counted.</summary>
internal sealed class QueueMetrics : IDisposable
{
    /// <summary>What is shown: all that lives, and what somebody should look at. What else has ended is counted when it
    /// ends.</summary>
    private static readonly TaskState[] States =
        [TaskState.Scheduled, TaskState.Queued, TaskState.Running, TaskState.Retrying, TaskState.Dead];

    private readonly Meter _meter;
    private readonly Func<IReadOnlyList<QueueSnapshot>> _queues;

    /// <param name="scope">Tells this balancer's meters from those of another in the same process.</param>
    /// <param name="queues">The queues as they were last counted.</param>
    public QueueMetrics(object scope, Func<IReadOnlyList<QueueSnapshot>> queues)
    {
        _queues = queues;
        _meter = new Meter(new MeterOptions("ActorBalancer.Queues") { Scope = scope });
        _meter.CreateObservableGauge(
            "lb_task_queue_depth", Depths, description: "Tasks in the queue, by state; dead ones while they are kept.");
        _meter.CreateObservableGauge(
            "lb_task_queue_oldest_seconds",
            () => _queues().Select(static queue => new Measurement<double>(
                (queue.OldestAgeMilliseconds ?? 0) / 1000.0, TagsOf(queue))),
            "s", "Age of the oldest task that has not ended, 0 when there is none.");
        _meter.CreateObservableGauge(
            "lb_queue_paused",
            () => _queues().Select(static queue => new Measurement<long>(queue.IsPaused ? 1 : 0, TagsOf(queue))),
            description: "1 while the queue hands out no tasks, by order.");
    }

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<long>> Depths() => _queues().SelectMany(static queue => States.Select(
        state => new Measurement<long>(
            queue.Counts[state],
            [.. TagsOf(queue), new KeyValuePair<string, object?>("state", StateNames.Of(state))])));

    private static KeyValuePair<string, object?>[] TagsOf(QueueSnapshot queue) =>
        [new("group", queue.Key.Group), new("contract", queue.Key.Contract)];
}
