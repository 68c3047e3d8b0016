using ActorBalancer.Engine.Alerts;

namespace ActorBalancer.Engine.Proxying.Options;

/// <summary>Everything about the reverse proxy. Checked by whoever makes it; immutable.</summary>
public sealed record ProxyOptions
{
    /// <summary>The pools, names unique. None: there is no proxy.</summary>
    public IReadOnlyList<PoolOptions> Pools { get; init; } = [];

    /// <summary>Whom to tell of backends that go down and come back.</summary>
    public AlertOptions Alerts { get; init; } = new();
}
