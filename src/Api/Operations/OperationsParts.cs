using ActorBalancer.Api.Configuration;
using ActorBalancer.Api.Logging;
using ActorBalancer.Api.Metrics;
using ActorBalancer.Engine;
using ActorBalancer.Engine.Proxying;

namespace ActorBalancer.Api.Operations;

/// <summary>What the routes for operators work on. They own none of it.</summary>
internal sealed record OperationsParts
{
    public required BalancerEngine Engine { get; init; }

    /// <summary>All settings.</summary>
    public required BalancerSettings Settings { get; init; }

    /// <summary>The settings as they were written. Secrets among them are never shown.</summary>
    public IReadOnlyList<SettingView> Views { get; init; } = [];

    /// <summary>The balancer's key. Never shown.</summary>
    public required string Key { get; init; }

    /// <summary>The pools of the proxy; null while there is no proxy.</summary>
    public required Func<ProxyEngine?> Proxy { get; init; }

    /// <summary>The log.</summary>
    public required BalancerLogProvider Logs { get; init; }

    /// <summary>What part of the requests each backend of the proxy gets.</summary>
    public required BackendShares Shares { get; init; }

    /// <summary>The instruments beside those of the engine.</summary>
    public required BalancerMeters Meters { get; init; }

    public required ILoggerFactory Loggers { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>The stop of the server: ends event streams.</summary>
    public CancellationToken Stopping { get; init; }
}
