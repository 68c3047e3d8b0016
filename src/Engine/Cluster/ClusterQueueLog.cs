using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;
using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine.Cluster;

/// <summary>What is logged of queues that a cluster shares, and of streams between nodes. Ids 650 to 699.</summary>
internal static partial class ClusterQueueLog
{
    [LoggerMessage(650, LogLevel.Warning, "Queue {Queue}: no tasks could be leased: {Error}")]
    public static partial void LeaseFailed(ILogger logger, QueueKey queue, string error);

    [LoggerMessage(651, LogLevel.Warning,
        "Task {Task} of {Queue}: what came of attempt {Attempt} under lease {Token} is dropped, another lease has "
        + "taken its place")]
    public static partial void StaleResult(ILogger logger, TaskMark task, QueueKey queue, int attempt, long token);

    [LoggerMessage(652, LogLevel.Warning, "Queue {Queue} cannot be tended: {Error}")]
    public static partial void TendFailed(ILogger logger, QueueKey queue, string error);

    [LoggerMessage(653, LogLevel.Error,
        "The leases of this node could not be renewed for {Milliseconds} ms: other nodes may take its tasks up")]
    public static partial void LeasesLost(ILogger logger, double milliseconds);

    [LoggerMessage(654, LogLevel.Information, "The leases of this node are renewed again")]
    public static partial void LeasesBack(ILogger logger);

    [LoggerMessage(655, LogLevel.Information, "Queue {Queue}: {Count} tasks came back from nodes that are gone")]
    public static partial void TakenUp(ILogger logger, QueueKey queue, int count);

    [LoggerMessage(656, LogLevel.Warning, "Queue {Queue}: what this node ran could not be given back: {Error}")]
    public static partial void LeaveFailed(ILogger logger, QueueKey queue, string error);

    [LoggerMessage(657, LogLevel.Warning, "Queue {Queue}: deliveries that are due cannot be read: {Error}")]
    public static partial void DeliveriesFailed(ILogger logger, QueueKey queue, string error);

    [LoggerMessage(658, LogLevel.Warning, "The stream of task {Task} to {Node} is broken off: {Reason}")]
    public static partial void StreamBroken(ILogger logger, TaskId task, string node, string reason);

    [LoggerMessage(659, LogLevel.Warning, "A message of another node is dropped: {Reason}")]
    public static partial void MessageDropped(ILogger logger, string reason);
}
