namespace ActorBalancer.Engine.Telemetry;

/// <summary>A histogram that the engine keeps by itself, as it stood at one moment. Immutable.</summary>
/// <param name="Name">Its name, in the manner of Prometheus.</param>
/// <param name="Description">One sentence.</param>
/// <param name="Series">One for each set of labels.</param>
public sealed record LatencyFamily(string Name, string Description, IReadOnlyList<LatencySeries> Series);

/// <summary>One line of such a histogram.</summary>
/// <param name="Labels">Names and values.</param>
/// <param name="Figures">Its values.</param>
public sealed record LatencySeries(IReadOnlyList<KeyValuePair<string, string>> Labels, LatencyFigures Figures);
