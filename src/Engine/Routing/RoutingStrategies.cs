using System.Diagnostics.CodeAnalysis;
using ActorBalancer.Actors.Routing;

namespace ActorBalancer.Engine.Routing;

/// <summary>The names of the routing strategies as they stand in configuration, and what each is good for.</summary>
public static class RoutingStrategies
{
    /// <summary>
    /// In turn, each target as many times in a row as its weight says: A(2) B(1) gives A A B. Fair when the pieces of
    /// work are alike; the bursts can be felt with large weights, see <see cref="SmoothRoundRobin"/>.
    /// </summary>
    public const string RoundRobin = "round-robin";

    /// <summary>In turn, with the turns of heavy targets spread out: A(5) B(1) C(1) gives A A B A C A A.</summary>
    public const string SmoothRoundRobin = "smooth-round-robin";

    /// <summary>
    /// The target with the least running work for its weight. Best when the pieces of work differ in length; looks at
    /// every target on each choice.
    /// </summary>
    public const string LeastConnections = "least-connections";

    /// <summary>By chance, in proportion to the weights. Needs no memory, and no two balancers act in step.</summary>
    public const string Random = "random";

    /// <summary>
    /// Two by chance, the less loaded of them. Nearly as even as <see cref="LeastConnections"/>, looks at two targets
    /// only, and several balancers do not all run to the same target.
    /// </summary>
    public const string PowerOfTwo = "power-of-two";

    /// <summary>
    /// The target whose recent latency, times the work that it already has, is lowest. Leaves a target that became
    /// slow at once and comes back to it gradually.
    /// </summary>
    public const string PeakEwma = "peak-ewma";

    /// <summary>
    /// The same key to the same target while the members stay, unless that target has more than its bounded share of
    /// the running work. For caches, sessions and tenants.
    /// </summary>
    public const string ConsistentHash = "consistent-hash";

    /// <summary>The target with the best score of its own; what the Andera balancer does for its workers.</summary>
    public const string BestScore = "best-score";

    /// <summary>Every valid name, in the order in which they are documented; for messages about a wrong one.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        RoundRobin, SmoothRoundRobin, LeastConnections, Random, PowerOfTwo, PeakEwma, ConsistentHash, BestScore,
    ];

    /// <summary>Makes the strategy of a name, with its defaults.</summary>
    /// <param name="name">One of <see cref="Names"/>, exactly; null and anything else are refused.</param>
    /// <param name="seed">
    /// Where chance starts. Any value; the same seed and the same calls give the same choices. Strategies without
    /// chance do not read it.
    /// </param>
    /// <param name="strategy">The strategy; null when the name is not valid.</param>
    /// <returns>True when the name is valid.</returns>
    public static bool TryCreate(string? name, ulong seed, [NotNullWhen(true)] out RoutingStrategy? strategy)
    {
        strategy = name switch
        {
            RoundRobin => new RoundRobinStrategy(),
            SmoothRoundRobin => new SmoothRoundRobinStrategy(),
            LeastConnections => new LeastConnectionsStrategy(),
            Random => new RandomStrategy(seed),
            PowerOfTwo => new PowerOfTwoStrategy(seed),
            PeakEwma => new PeakEwmaStrategy(),
            ConsistentHash => new ConsistentHashStrategy(),
            BestScore => new BestScoreStrategy(),
            _ => null,
        };
        return strategy is not null;
    }
}
