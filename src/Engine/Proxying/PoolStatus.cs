using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Engine.Proxying;

/// <summary>A pool at one moment.</summary>
/// <param name="At">When.</param>
/// <param name="Name">Name of the pool.</param>
/// <param name="Strategy">Name of the strategy.</param>
/// <param name="Waiting">Requests in its queue.</param>
/// <param name="Backends">In the order of the configuration; those that leave it and still drain come last.</param>
public sealed record PoolStatus(
    DateTimeOffset At, string Name, string Strategy, int Waiting, IReadOnlyList<BackendStatus> Backends);

/// <summary>A backend at one moment.</summary>
public sealed record BackendStatus
{
    /// <summary>Settings.</summary>
    public required BackendOptions Options { get; init; }

    /// <summary>What operators want.</summary>
    public required BackendState State { get; init; }

    /// <summary>Whether checks call it up. False before the first check.</summary>
    public required bool IsHealthy { get; init; }

    /// <summary>Until when real traffic has taken it out; null: it has not.</summary>
    public DateTimeOffset? EjectedUntil { get; init; }

    /// <summary>True once a drain has ended.</summary>
    public bool IsDrained { get; init; }

    /// <summary>Whether it has left the configuration and only drains.</summary>
    public bool IsRemoved { get; init; }

    /// <summary>Share of its weight that it gets now, 0 to 1: below 1 in a slow start.</summary>
    public double Ramp { get; init; } = 1;

    /// <summary>Requests since it was added.</summary>
    public long Requests { get; init; }

    /// <summary>Requests that run, upgraded connections included.</summary>
    public int Active { get; init; }

    /// <summary>Sessions that a drain waits for; 0 when it does not drain.</summary>
    public int Sessions { get; init; }

    /// <summary>End of the last check; null before it.</summary>
    public DateTimeOffset? LastChecked { get; init; }

    /// <summary>Good checks in a row (positive) or failed ones (negative).</summary>
    public int Streak { get; init; }

    /// <summary>Why the last check failed; null when it did not.</summary>
    public string? LastError { get; init; }
}
