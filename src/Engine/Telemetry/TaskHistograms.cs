using System.Diagnostics.Metrics;

namespace ActorBalancer.Engine.Telemetry;

/// <summary>The histograms of tasks as instruments. The engine keeps its own buckets; these are for listeners that keep
/// theirs, and cost nothing without one.</summary>
/// <param name="Wait">From submission or due time to the start of the first attempt.</param>
/// <param name="Run">From the start of an attempt to its end.</param>
/// <param name="Total">From submission or due time to the end of the task.</param>
internal sealed record TaskHistograms(Histogram<double> Wait, Histogram<double> Run, Histogram<double> Total);
