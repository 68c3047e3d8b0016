using ActorBalancer.Engine.Telemetry;

namespace ActorBalancer.Engine;

// What operators look at and steer.
public sealed partial class BalancerEngine
{
    /// <summary>What was counted since the start at this node: tasks it took in, attempts it ran, tasks it ended.
    /// </summary>
    public EngineFigures Figures => _context.Figures.Read(_context.Routes.All.Sum(static route => (long)route.Running));
}
