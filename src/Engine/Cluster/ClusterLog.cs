using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine.Cluster;

/// <summary>What is logged of nodes and of who owns which worker. Ids 800 to 829.</summary>
internal static partial class ClusterLog
{
    [LoggerMessage(800, LogLevel.Information, "Node {Id} joined the cluster as {Node}")]
    public static partial void Joined(ILogger logger, string id, string node);

    [LoggerMessage(801, LogLevel.Information, "Node {Id} is in the cluster ({Host}, process {ProcessId})")]
    public static partial void OtherJoined(ILogger logger, string id, string host, int processId);

    [LoggerMessage(802, LogLevel.Information, "Node {Id} has left the cluster")]
    public static partial void OtherLeft(ILogger logger, string id);

    [LoggerMessage(803, LogLevel.Error,
        "Node {Id} is lost: no sign of life for {Milliseconds} ms; its tasks and workers are taken over")]
    public static partial void OtherLost(ILogger logger, string id, double milliseconds);

    [LoggerMessage(804, LogLevel.Error,
        "Another process runs as node {Id} ({Host}, process {ProcessId}): this one gives up its workers until the "
            + "name is free. Give each node a NODE_ID of its own")]
    public static partial void NameTaken(ILogger logger, string id, string host, int processId);

    [LoggerMessage(805, LogLevel.Information, "Node {Id} has its name back")]
    public static partial void NameBack(ILogger logger, string id);

    [LoggerMessage(806, LogLevel.Warning, "Node entries cannot be renewed or read: {Fault}")]
    public static partial void BookFailed(ILogger logger, string fault);

    [LoggerMessage(807, LogLevel.Information, "Worker {Url} is owned by this node, number {Fence}")]
    public static partial void Owned(ILogger logger, string url, long fence);

    [LoggerMessage(808, LogLevel.Information, "Worker {Url} is given back")]
    public static partial void GivenBack(ILogger logger, string url);

    [LoggerMessage(809, LogLevel.Information,
        "Worker {Url} goes to another node: no new tasks, running ones end")]
    public static partial void HandingOver(ILogger logger, string url);

    [LoggerMessage(810, LogLevel.Warning, "Worker {Url} is not this node's any more: {Reason}")]
    public static partial void OwnershipLost(ILogger logger, string url, string reason);

    [LoggerMessage(811, LogLevel.Warning, "Fleets of other nodes cannot be read or told of: {Fault}")]
    public static partial void FleetFailed(ILogger logger, string fault);

    [LoggerMessage(812, LogLevel.Warning, "Leaving the cluster: {Fault}; the others take over after the lease time")]
    public static partial void LeaveFailed(ILogger logger, string fault);
}
