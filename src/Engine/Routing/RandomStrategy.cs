using ActorBalancer.Actors.Routing;

namespace ActorBalancer.Engine.Routing;

/// <summary>
/// <see cref="RoutingStrategies.Random"/>: by chance, in proportion to the weights as they are when a table is made.
/// Safe from any thread.
/// </summary>
/// <param name="seed">Where chance starts; the same seed and the same calls give the same choices.</param>
public sealed class RandomStrategy(ulong seed) : RoutingStrategy
{
    private readonly SharedChance _seeds = new(seed);

    /// <inheritdoc/>
    public override string Name => RoutingStrategies.Random;

    /// <inheritdoc/>
    public override RoutingTable<TTarget> CreateTable<TTarget>(
        TTarget[] targets, RoutingTable<TTarget>? previous = null) =>
        new RandomTable<TTarget>(targets, new SharedChance(_seeds.Next()), compared: false);
}
