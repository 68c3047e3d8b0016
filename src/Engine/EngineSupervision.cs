using ActorBalancer.Actors;

namespace ActorBalancer.Engine;

/// <summary>How the engine's supervisors answer failures.</summary>
internal static class EngineSupervision
{
    /// <summary>The child starts anew, at first after 100 ms, then ever later up to 10 s.</summary>
    public static SupervisorStrategy RestartWithBackoff { get; } = new()
    {
        Decider = static _ => Directive.Restart,
        MaxRestarts = SupervisorStrategy.Unlimited,
        MinBackoff = TimeSpan.FromMilliseconds(100),
        MaxBackoff = TimeSpan.FromSeconds(10),
    };

    /// <summary>The child goes on with the state it has: a queue must not forget who waits in it.</summary>
    public static SupervisorStrategy Resume { get; } = new() { Decider = static _ => Directive.Resume };
}
