using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Engine.Proxying;

/// <summary>What a test puts in the place of the outside world; production uses none of it.</summary>
internal sealed record ProxySeams
{
    /// <summary>Nothing is replaced.</summary>
    public static ProxySeams None { get; } = new();

    /// <summary>Answers health checks; null for real sockets.</summary>
    public HttpMessageHandler? Health { get; init; }

    /// <summary>Makes the connections to a backend; null for real ones.</summary>
    public Func<PoolOptions, BackendOptions, HttpMessageInvoker>? Transport { get; init; }

    /// <summary>Where chance begins; null: anywhere.</summary>
    public int? Seed { get; init; }
}
