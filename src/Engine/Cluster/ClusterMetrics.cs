using System.Diagnostics.Metrics;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Cluster;

/// <summary>The figures of a cluster's node as instruments of the meter <c>ActorBalancer.Cluster</c>. Thread-safe.
/// </summary>
internal sealed class ClusterMetrics : IDisposable
{
    private readonly Meter _meter = new("ActorBalancer.Cluster");
    private readonly Counter<long> _staleResults;
    private long _staleCount;

    public ClusterMetrics() => _staleResults = _meter.CreateCounter<long>(
        "lb_stale_results_total",
        description: "Results of attempts that were dropped because another lease had taken their place.");

    /// <summary>Stale results so far.</summary>
    public long StaleResults => Interlocked.Read(ref _staleCount);

    /// <summary>Counts a result that came under a stale token.</summary>
    public void CountStaleResult(QueueKey queue)
    {
        Interlocked.Increment(ref _staleCount);
        _staleResults.Add(
            1, new("group", queue.Group), new KeyValuePair<string, object?>("contract", queue.Contract));
    }

    public void Dispose() => _meter.Dispose();
}
