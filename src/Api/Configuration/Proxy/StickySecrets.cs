using System.Security.Cryptography;
using System.Text;
using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Api.Configuration.Proxy;

/// <summary>
/// Gives pools with signed cookies but without secrets one that is derived from the balancer's key: it is the same
/// after a restart and on every node with that key, and differs from pool to pool. Nothing can be learnt of the key
/// from it.
/// </summary>
internal static class StickySecrets
{
    private const int SecretBytes = 32;

    /// <summary>Adds what is missing.</summary>
    /// <param name="options">The configuration.</param>
    /// <param name="key">The balancer's key.</param>
    public static ProxyOptions Complete(ProxyOptions options, string key) => options with
    {
        Pools = [.. options.Pools.Select(pool => Complete(pool, key))],
    };

    private static PoolOptions Complete(PoolOptions pool, string key)
    {
        if (pool.Sticky.Kind != StickyKind.SignedCookie || pool.Sticky.Secrets.Count > 0)
            return pool;
        var secret = HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            Encoding.UTF8.GetBytes(key),
            SecretBytes,
            info: Encoding.UTF8.GetBytes($"sticky {pool.Name}"));
        return pool with { Sticky = pool.Sticky with { Secrets = [Convert.ToBase64String(secret)] } };
    }
}
