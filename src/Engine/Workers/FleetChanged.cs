namespace ActorBalancer.Engine.Workers;

/// <summary>Workers came, went, became valid or not, or changed their readiness: <see cref="IBalancer.Fleet"/> and what
/// intake accepts are different from before. Published after the change can be seen.</summary>
public sealed record FleetChanged;
