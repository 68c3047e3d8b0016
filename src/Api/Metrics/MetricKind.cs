namespace ActorBalancer.Api.Metrics;

/// <summary>What a figure is to Prometheus.</summary>
internal enum MetricKind
{
    /// <summary>Only grows.</summary>
    Counter,

    /// <summary>Goes up and down.</summary>
    Gauge,

    /// <summary>Many values, by size.</summary>
    Histogram,
}
