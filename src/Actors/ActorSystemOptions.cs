namespace ActorBalancer.Actors;

/// <summary>Settings of an <see cref="ActorSystem"/>.</summary>
public sealed record ActorSystemOptions
{
    /// <summary>Default of <see cref="Throughput"/>; see bench/Micro for its choice.</summary>
    public const int ThroughputDefault = 100;

    /// <summary>The clock of all timers, time-outs and back-offs; the system clock by default.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>
    /// Most messages that an actor handles before it queues up behind the others again; at least 1. More is faster for
    /// a busy actor, less is fairer to its neighbours.
    /// </summary>
    public int Throughput
    {
        get;
        init => field = value >= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "Throughput must be at least 1 message.");
    } = ThroughputDefault;

    /// <summary>Where actors take their turns; null for the thread pool.</summary>
    public Dispatcher? Dispatcher { get; init; }

    /// <summary>How failures of top-level actors are dealt with. An escalation ends the system.</summary>
    public SupervisorStrategy GuardianStrategy { get; init; } = SupervisorStrategy.GuardianDefault;

    /// <summary>Source of the back-off's jitter; null for one of its own. Not used by two threads at once.</summary>
    public Random? Random { get; init; }
}
