namespace ActorBalancer.Engine.Routing;

/// <summary>
/// The SplitMix64 generator, for one thread: a local variable of a choice that draws several times. Source: Steele,
/// Lea and Flood, "Fast splittable pseudorandom number generators" (2014), with the constants of Vigna's splitmix64.
/// Not for secrets.
/// </summary>
internal struct SplitMix64(ulong seed)
{
    /// <summary>Step of the state: 2^64 divided by the golden ratio, odd.</summary>
    public const ulong Gamma = 0x9E37_79B9_7F4A_7C15;

    private ulong _state = seed;

    public ulong Next()
    {
        _state += Gamma;
        return Mix(_state);
    }

    /// <summary>
    /// A number from 0 to <paramref name="bound"/> - 1. By multiplication; its bias is below bound / 2^64, far beneath
    /// what any observation shows.
    /// </summary>
    public long NextBelow(long bound) => (long)Math.BigMul(Next(), (ulong)bound, out _);

    /// <summary>Spreads each bit of the input over all bits of the output; one-to-one.</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9;
        value = (value ^ (value >> 27)) * 0x94D0_49BB_1331_11EB;
        return value ^ (value >> 31);
    }
}
