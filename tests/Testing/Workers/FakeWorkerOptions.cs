namespace ActorBalancer.Testing.Workers;

/// <summary>What a <see cref="FakeWorker"/> is from its start.</summary>
public sealed record FakeWorkerOptions
{
    /// <summary>Its group.</summary>
    public string Group { get; init; } = "hello";

    /// <summary>Its contract number.</summary>
    public int Contract { get; init; } = 1;

    /// <summary>Tasks that it says it can run at once. It does not hold the balancer to it: a test counts.</summary>
    public int Slots { get; init; } = 10;

    /// <summary>Names of its functions; each takes one optional parameter <c>name</c> of type string.</summary>
    public IReadOnlyList<string> Functions { get; init; } = ["hello"];

    /// <summary>Key that <c>/task</c>, <c>/on</c> and <c>/off</c> ask for; null lets everyone in.</summary>
    public string? AuthKey { get; init; }

    /// <summary>Key that <c>/health</c>, <c>/logs</c> and the WebSocket ask for; null lets everyone in.</summary>
    public string? LbAuthKey { get; init; }

    /// <summary>Whether it offers a WebSocket and names its port in <c>/health</c>.</summary>
    public bool WebSocket { get; init; } = true;

    /// <summary>Whether it listens from the start; false gives a worker that is down until
    /// <see cref="FakeWorker.ComeBack"/>.</summary>
    public bool Up { get; init; } = true;
}
