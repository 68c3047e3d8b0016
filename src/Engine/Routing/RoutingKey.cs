namespace ActorBalancer.Engine.Routing;

/// <summary>Hashes of affinity keys, for <see cref="Actors.Routing.RoutingRequest.KeyHash"/>.</summary>
public static class RoutingKey
{
    private const ulong FnvOffset = 0xCBF2_9CE4_8422_2325;
    private const ulong FnvPrime = 0x0000_0100_0000_01B3;

    /// <summary>
    /// Hashes a key. The same on every machine, process and version of the runtime, so that all nodes of a cluster
    /// send a key to the same target. Not meant to stand against somebody who picks keys on purpose: the load bound
    /// of <see cref="ConsistentHashStrategy"/> limits what that can do.
    /// </summary>
    /// <param name="key">Any text; case and white space count.</param>
    /// <returns>0 for an empty key, which means none; never 0 otherwise.</returns>
    /// <remarks>FNV-1a (Fowler, Noll, Vo) over the UTF-16 units, mixed so that short keys differ in all bits.</remarks>
    public static ulong Hash(ReadOnlySpan<char> key)
    {
        if (key.IsEmpty)
            return 0;

        ulong hash = FnvOffset;
        foreach (char unit in key)
            hash = (hash ^ unit) * FnvPrime;
        return Math.Max(1, SplitMix64.Mix(hash));
    }
}
