using System.Security.Cryptography;
using ActorBalancer.Engine.Storage.Journal;

namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>What a node gets from Redis when it opens the store.</summary>
internal static class RedisIdentity
{
    /// <summary>Keeps the first value that anybody has for a key.</summary>
    public static readonly RedisScript KeepFirst = RedisScript.Load("keep-first");

    private static readonly RedisScript NextLife = RedisScript.Load("next-life");

    /// <summary>The salt of all nodes, and a number that no life of any node had before.</summary>
    public static async Task<(byte[] Salt, long Epoch)> ClaimAsync(RedisLink link, RedisKeys keys)
    {
        var fresh = RandomNumberGenerator.GetBytes(WorkerKeyCipher.SaltBytes);
        var salt = (byte[]?)await link.RunAsync(KeepFirst, [keys.Salt], fresh);
        if (salt is not { Length: WorkerKeyCipher.SaltBytes })
        {
            throw new TaskStoreException(
                $"The key '{keys.Salt}' in Redis is {salt?.Length ?? 0} bytes long instead of "
                + $"{WorkerKeyCipher.SaltBytes}: something else writes under the same prefix. Choose another prefix.");
        }

        return (salt, (long)await link.RunAsync(NextLife, [keys.Epoch]));
    }
}
