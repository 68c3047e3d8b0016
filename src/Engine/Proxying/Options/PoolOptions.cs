using ActorBalancer.Engine.Routing;

namespace ActorBalancer.Engine.Proxying.Options;

/// <summary>One pool: where its requests come in, and the backends that they may go to.</summary>
public sealed record PoolOptions
{
    /// <summary>Identity over reloads: letters, digits, <c>-</c> and <c>_</c>, 1 to 64.</summary>
    public required string Name { get; init; }

    /// <summary>Where it listens. Pools with the same addresses and port share one listener.</summary>
    public required ListenerOptions Listener { get; init; }

    /// <summary>Host names it serves, lower case without port; <c>*.example.org</c> covers every name below. Empty:
    /// every name that no other pool of the listener has.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Path prefixes it serves, each beginning with a slash and matched by whole segments; the longest of all
    /// pools wins. Empty: every path.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>One of <see cref="RoutingStrategies.Names"/>.</summary>
    public string Strategy { get; init; } = RoutingStrategies.RoundRobin;

    /// <summary>At least one; identities unique.</summary>
    public required IReadOnlyList<BackendOptions> Backends { get; init; }

    /// <summary>How a client comes back to its backend.</summary>
    public StickyOptions Sticky { get; init; } = new();

    /// <summary>What real traffic says of a backend's health.</summary>
    public OutlierOptions Outliers { get; init; } = new();

    /// <summary>When a request is tried on another backend.</summary>
    public RetryOptions Retry { get; init; } = new();

    /// <summary>How long the parts of a request may take.</summary>
    public TimeoutOptions Timeouts { get; init; } = new();

    /// <summary>How much of everything.</summary>
    public LimitOptions Limits { get; init; } = new();

    /// <summary>How a backend leaves.</summary>
    public DrainOptions Drain { get; init; } = new();

    /// <summary>Time over which a recovered backend comes back to its full share; zero: at once.</summary>
    public TimeSpan SlowStart { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether a backend sees the client's <c>Host</c> (true) or its own.</summary>
    public bool PreserveHost { get; init; } = true;

    /// <summary>Whether answers carry <c>x-backend</c> (address) and <c>x-backend-id</c>.</summary>
    public bool ExposeBackend { get; init; } = true;

    /// <summary>Whether answers of compressible types are compressed for clients that take it.</summary>
    public bool Compress { get; init; }

    /// <summary>Where a line for each request goes.</summary>
    public AccessLogOptions AccessLog { get; init; } = new();
}
