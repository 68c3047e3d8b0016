using ActorBalancer.Engine.Telemetry;

namespace ActorBalancer.Api.Status;

/// <summary>All that only grows, at one moment. Immutable.</summary>
/// <param name="Timestamp">The moment, by the clock's counter.</param>
/// <param name="Figures">Tasks.</param>
/// <param name="Proxy">The proxy.</param>
/// <param name="Process">The process.</param>
internal sealed record StatusSample(long Timestamp, EngineFigures Figures, ProxyTotals Proxy, ProcessUse Process);
