using ActorBalancer.Actors.Routing;

namespace ActorBalancer.Engine.Routing;

/// <summary>
/// <see cref="RoutingStrategies.PowerOfTwo"/>: two different targets by chance, in proportion to the weights as they
/// are when a table is made; of the two, the one with less running work for its weight. Safe from any thread.
/// </summary>
/// <remarks>Source: Mitzenmacher, "The power of two choices in randomized load balancing" (2001).</remarks>
/// <param name="seed">Where chance starts; the same seed and the same calls give the same choices.</param>
public sealed class PowerOfTwoStrategy(ulong seed) : RoutingStrategy
{
    private readonly SharedChance _seeds = new(seed);

    /// <inheritdoc/>
    public override string Name => RoutingStrategies.PowerOfTwo;

    /// <inheritdoc/>
    public override RoutingTable<TTarget> CreateTable<TTarget>(
        TTarget[] targets, RoutingTable<TTarget>? previous = null) =>
        new RandomTable<TTarget>(targets, new SharedChance(_seeds.Next()), compared: true);
}
