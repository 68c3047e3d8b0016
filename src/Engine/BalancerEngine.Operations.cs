using ActorBalancer.Engine.Telemetry;

namespace ActorBalancer.Engine;

// What operators look at and steer.
public sealed partial class BalancerEngine
{
    /// <summary>What was counted since the start.</summary>
    public EngineFigures Figures => EngineFigures.None;
}
