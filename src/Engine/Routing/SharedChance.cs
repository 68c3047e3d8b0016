namespace ActorBalancer.Engine.Routing;

/// <summary>
/// Chance for many threads: a SplitMix64 whose state is advanced by one atomic addition, so no two calls see the same
/// state and none waits. The same seed gives the same numbers, in the order of the calls.
/// </summary>
internal sealed class SharedChance(ulong seed)
{
    private IsolatedCounter _state = new((long)seed);

    /// <summary>A generator of its own for the caller, to be kept in a local variable.</summary>
    public SplitMix64 Fork() => new(Next());

    /// <summary>64 bits.</summary>
    public ulong Next() => SplitMix64.Mix((ulong)_state.Add(unchecked((long)SplitMix64.Gamma)));
}
