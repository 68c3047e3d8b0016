namespace ActorBalancer.Engine.Proxying;

/// <summary>What the pool's actor has decided and learnt about a backend; published as a whole. The members mean what
/// they mean in <see cref="BackendStatus"/>.</summary>
internal sealed record BackendFacts
{
    /// <summary>Of a backend that was never checked.</summary>
    public static BackendFacts None { get; } = new();

    public BackendState State { get; init; }

    public bool IsHealthy { get; init; }

    public DateTimeOffset? EjectedUntil { get; init; }

    public bool IsDrained { get; init; }

    public bool IsRemoved { get; init; }

    public double Ramp { get; init; } = 1;

    public DateTimeOffset? LastChecked { get; init; }

    public int Streak { get; init; }

    public string? LastError { get; init; }
}
