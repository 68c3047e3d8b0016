namespace ActorBalancer.Engine.Proxying;

/// <summary>What a backend was asked and answered since it was added. A copy; its members may be of slightly different
/// moments.</summary>
public sealed record BackendCounts
{
    /// <summary>Upper bounds of <see cref="Latencies"/> in seconds, ascending; the last bucket has none.</summary>
    /// <remarks>Source: the defaults of Prometheus' clients, with one finer bucket at the lower end.</remarks>
    public static IReadOnlyList<double> LatencyBounds { get; } =
        [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    /// <summary>Answers by class: 1xx to 5xx, five numbers.</summary>
    public required IReadOnlyList<long> Answers { get; init; }

    /// <summary>Attempts and bodies that failed, by kind; <see cref="AttemptKind.Answered"/> is not in it. A body that
    /// broke off was counted as an answer before.</summary>
    public required IReadOnlyDictionary<AttemptKind, long> Failures { get; init; }

    /// <summary>Answers by the time until their head came, one number for each of <see cref="LatencyBounds"/> and one
    /// for those beyond; not cumulative.</summary>
    public required IReadOnlyList<long> Latencies { get; init; }

    /// <summary>Sum of those times.</summary>
    public required TimeSpan LatencySum { get; init; }

    /// <summary>How often real traffic took it out.</summary>
    public required long Ejections { get; init; }
}
