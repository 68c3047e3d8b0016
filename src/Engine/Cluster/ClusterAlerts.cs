using ActorBalancer.Actors;
using ActorBalancer.Engine.Alerts;
using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine.Cluster;

/// <summary>Makes alerts of what happens to the cluster: <see cref="StoreHealthChanged"/> and <see cref="NodeLost"/>.
/// Any thread; ends with <see cref="Dispose"/>.</summary>
public sealed partial class ClusterAlerts : IDisposable
{
    private readonly EventStream _events;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _node;
    private readonly string _server;
    private readonly IDisposable _health;
    private readonly IDisposable _lost;
    private int _wasLost;

    /// <summary>Starts to listen.</summary>
    /// <param name="events">Where both are published, and alerts too.</param>
    /// <param name="nodeId">Name of this node.</param>
    /// <param name="server">Where Redis is, for people; without a password.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where it logs.</param>
    public ClusterAlerts(EventStream events, string nodeId, string server, TimeProvider time, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(events);
        _events = events;
        _node = nodeId;
        _server = server;
        _time = time;
        _logger = logger;
        _health = events.Subscribe<StoreHealthChanged>(Take);
        _lost = events.Subscribe<NodeLost>(Take);
    }

    /// <summary>Listens no more.</summary>
    public void Dispose()
    {
        _health.Dispose();
        _lost.Dispose();
    }

    // Back is told only of what was gone: a connection that is there at the start is no news.
    private void Take(StoreHealthChanged changed)
    {
        if (changed.IsHealthy)
        {
            if (Interlocked.Exchange(ref _wasLost, 0) == 0)
                return;
            LogBack(_logger, _server, changed.Reason);
            Tell(AlertKind.RedisBack, changed.Reason);
            return;
        }

        Interlocked.Exchange(ref _wasLost, 1);
        var kind = changed.Reason.Contains("READONLY", StringComparison.Ordinal) ? AlertKind.RedisReadOnly
            : changed.Reason.Contains("OOM", StringComparison.Ordinal) ? AlertKind.RedisFull
            : AlertKind.RedisLost;
        LogLost(_logger, _server, kind, changed.Reason);
        Tell(kind, changed.Reason);
    }

    private void Take(NodeLost lost)
    {
        if (!lost.IsFirst)
            return;
        var member = lost.Member;
        _events.Publish(new Alert(
            AlertKind.NodeLost, "", member.Id, "", null,
            $"no sign of life of process {member.ProcessId} on {member.Host}; its tasks and workers are taken over",
            _time.GetUtcNow()));
    }

    private void Tell(AlertKind kind, string reason) =>
        _events.Publish(new Alert(kind, "", _node, _server, null, reason, _time.GetUtcNow()));

    [LoggerMessage(820, LogLevel.Error, "Redis {Server}: {Kind}, {Reason}")]
    private static partial void LogLost(ILogger logger, string server, AlertKind kind, string reason);

    [LoggerMessage(821, LogLevel.Information, "Redis {Server} is back: {Reason}")]
    private static partial void LogBack(ILogger logger, string server, string reason);
}
