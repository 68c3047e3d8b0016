using ActorBalancer.Api.Proxying.Access;
using ActorBalancer.Api.Proxying.Sticky;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Api.Proxying;

/// <summary>A pool with all that a request to it needs, worked out once for each configuration. Immutable.</summary>
internal sealed class PoolRoute
{
    /// <summary>The pool.</summary>
    public required ProxyPool Pool { get; init; }

    /// <summary>Its settings in this configuration.</summary>
    public required PoolOptions Options { get; init; }

    /// <summary>Reads and writes its cookies.</summary>
    public required StickyClients Sticky { get; init; }

    /// <summary>Its access log; null when it is off.</summary>
    public AccessLog? Log { get; init; }
}
